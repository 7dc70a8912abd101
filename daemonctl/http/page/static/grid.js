// A cell an instance, grouped by zone. Thousands of them: each is made once and changed alone, and
// each line of them is a box of its own, so that a browser paints the lines that changed and no more.
import { dress, makeCell } from "./cell.js";
import { h } from "./dom.js";
import { GridKeys } from "./keys.js";
import { Legend } from "./legend.js";
import { count, many } from "./words.js";

const A_FRAME = 300; // cells that are changed in one frame at most
const HINT = "Point at a cell, or walk through them with the arrow keys, to see what it is; Enter explains it.";

/** The grid of one cluster, in an element that nobody else changes. */
export class GridView {
  #alias;
  #grid = null;
  #shape = "";
  #cells = new Map(); // instance to cell
  #zones = new Map(); // zone to {rows, title, box}
  #due = new Set();
  #frame = 0;
  #across = 0; // cells in a line
  #moved = false; // a cell does not belong to what is shown any more, or does since

  constructor(alias) {
    this.#alias = alias;
    this.#legend = new Legend(alias, {
      filter: () => this.#arrange(),
      search: (text) => this.#search(text),
    });
    this.#peek = h("p", { class: "peek" }, HINT);
    this.#root = h("div", { class: "zones" });
    this.element = h("div", { class: "grid", "data-own": "" }, this.#legend.element, this.#peek, this.#root);
    new GridKeys(this.#root, () => this.#across);
    this.#root.addEventListener("pointerover", (event) => this.#show(event.target));
    this.#root.addEventListener("focusin", (event) => this.#show(event.target));
    new ResizeObserver(() => this.#fits() || this.#arrange()).observe(this.#root);
  }
  #legend;
  #peek;
  #root;

  /** What there is now. Of a new document the cells stay where the instances are the same. */
  show(grid) {
    if (grid && grid !== this.#grid) this.#set(grid);
    this.#tell();
  }

  #set(grid) {
    this.#grid = grid;
    const shape = grid.rows.map((row) => `${row.zone} ${row.id}`).join();
    if (shape !== this.#shape) {
      this.#shape = shape;
      this.#build();
    } else {
      for (const row of grid.rows) this.#due.add(row.id);
      this.#paint();
    }
  }

  /** One instance changed. */
  changed(row) {
    if (!this.#grid) return; // it will be shown as it is then
    this.#due.add(row.id);
    this.#paint();
  }

  /** The numbers beside the cells: cheap enough for a few times a second. */
  #tell() {
    if (!this.#grid) return;
    if (this.#legend.only && this.#moved) this.#arrange();
    this.#moved = false;
    const total = { SAFE: 0, MOVING: 0, UNSAFE: 0, AWAY: 0 };
    for (const [zone, { rows, title }] of this.#zones) {
      const found = this.#grid.counts(rows);
      for (const each of Object.keys(total)) total[each] += found[each];
      const bad = found.UNSAFE;
      const words = `${zone || "no zone"} · ${many(rows.length, "instance")}${bad ? `, ${count(bad)} not safe` : ""}`;
      if (title.textContent !== words) title.textContent = words;
    }
    this.#legend.tell(total, this.#grid.rows.length);
  }

  #search(text) {
    const begins = (row) => row.ec2InstanceId.startsWith(text) || row.id.startsWith(text);
    const found = text && this.#grid ? this.#grid.rows.filter(begins) : [];
    if (found.length === 1) this.#open(found[0].id);
    else this.#peek.textContent = text ? `${many(found.length, "instance")} found for ${text}: type more, or less.` : HINT;
  }

  /** Asks for the drawer, wherever that is. */
  #open(instance) {
    const detail = { cluster: this.#alias, instance };
    this.element.dispatchEvent(new CustomEvent("explain", { detail, bubbles: true }));
  }

  #build() {
    this.#cells.clear();
    this.#due.clear();
    this.#zones.clear();
    for (const row of this.#grid.rows) {
      const cell = makeCell(this.#alias, row);
      dress(cell, this.#grid, row);
      this.#cells.set(row.id, cell);
      if (!this.#zones.has(row.zone)) this.#zones.set(row.zone, this.#zone());
      this.#zones.get(row.zone).rows.push(row);
    }
    const boxes = [...this.#zones.values()].map(({ title, box }) => h("div", { class: "zone" }, title, box));
    this.#root.replaceChildren(...boxes);
    this.#arrange();
  }

  #zone() {
    const id = `zone-${this.#alias}-${this.#zones.size}`;
    const title = h("h4", { id });
    return { rows: [], title, box: h("div", { class: "cells", role: "group", "aria-labelledby": id }) };
  }

  /** Whether the lines are as long as there is room. */
  #fits() {
    const pitch = parseFloat(getComputedStyle(this.#root).getPropertyValue("--pitch"));
    const across = Math.max(1, Math.floor(this.#root.clientWidth / pitch));
    const same = across === this.#across;
    this.#across = across;
    return same;
  }

  /** Puts the cells that are to be seen into lines. */
  #arrange() {
    this.#fits();
    const held = document.activeElement;
    const { only } = this.#legend;
    for (const { rows, box } of this.#zones.values()) {
      let cells = rows.map((row) => this.#cells.get(row.id));
      if (only) cells = cells.filter((cell) => cell.dataset.standing === only);
      const lines = [];
      for (let from = 0; from < cells.length; from += this.#across) {
        const line = h("div", { class: "line" });
        line.append(...cells.slice(from, from + this.#across));
        lines.push(line);
      }
      box.replaceChildren(...lines);
      if (cells.length && !box.querySelector('[tabindex="0"]')) cells[0].tabIndex = 0;
      box.parentElement.hidden = !cells.length;
    }
    if (held !== document.activeElement && held.isConnected) held.focus();
  }

  #paint() {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      let left = A_FRAME;
      for (const id of this.#due) {
        if (left-- === 0) break;
        this.#due.delete(id);
        const [cell, row] = [this.#cells.get(id), this.#grid.byId.get(id)];
        if (cell && row) this.#moved = dress(cell, this.#grid, row) || this.#moved;
      }
      if (this.#due.size) this.#paint();
    });
  }

  #show(target) {
    if (target.dataset?.instance) this.#peek.textContent = target.ariaLabel;
  }
}
