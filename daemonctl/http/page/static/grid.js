// A cell an instance, grouped by zone. Thousands of them: each is made once and changed alone.
import { h } from "./dom.js";
import { GridKeys, reachable } from "./keys.js";
import { count, many } from "./words.js";

const A_FRAME = 300; // cells that are changed in one frame at most
const MEANS = {
  UNSAFE: "not safe", MOVING: "on its way", SAFE: "safe", AWAY: "needs no daemon",
};

/** The grid of one cluster, in an element that nobody else changes. */
export class GridView {
  #alias;
  #grid = null;
  #shape = "";
  #cells = new Map();
  #due = new Set();
  #frame = 0;
  #only = "";

  constructor(alias) {
    this.#alias = alias;
    this.legend = h("div", { class: "legend", role: "group", "aria-label": "Show only" });
    this.peek = h("p", { class: "peek" });
    this.zones = h("div", { class: "zones" });
    this.element = h("div", { class: "grid", "data-own": "" }, this.legend, this.peek, this.zones);
    this.#chips();
    new GridKeys(this.zones);
    this.zones.addEventListener("pointerover", (event) => this.#show(event.target));
    this.zones.addEventListener("focusin", (event) => this.#show(event.target));
  }

  /** A new document: cells stay where the instances are the same. */
  set(grid) {
    this.#grid = grid;
    const shape = grid.rows.map((row) => `${row.zone} ${row.id}`).join();
    if (shape !== this.#shape) {
      this.#shape = shape;
      this.#build();
    } else {
      for (const row of grid.rows) this.#due.add(row.id);
      this.#paint();
    }
    this.tell();
  }

  /** One instance changed. */
  changed(row) {
    this.#due.add(row.id);
    this.#paint();
  }

  /** The numbers beside the cells: cheap enough for four times a second. */
  tell() {
    if (!this.#grid) return;
    const found = this.#grid.counts();
    for (const chip of this.legend.querySelectorAll("[data-only]")) {
      const number = chip.dataset.only ? found[chip.dataset.only] : this.#grid.rows.length;
      chip.lastChild.data = ` ${count(number)}`;
      chip.hidden = number === 0 && chip.dataset.only !== this.#only;
    }
    for (const zone of this.zones.children) {
      const cells = zone.lastChild;
      const bad = cells.querySelectorAll("[data-standing=UNSAFE]").length;
      const words = `${zone.dataset.zone || "no zone"} · ${many(cells.childElementCount, "instance")}`;
      zone.firstChild.textContent = bad ? `${words}, ${count(bad)} not safe` : words;
    }
  }

  /** Instances whose name begins so. */
  find(text) {
    const rows = this.#grid?.rows ?? [];
    return rows.filter((row) => row.ec2InstanceId.startsWith(text) || row.id.startsWith(text));
  }

  #chips() {
    const words = [["", "All"], ...Object.entries(MEANS)];
    for (const [only, means] of words) {
      const swatch = only ? h("span", { class: "cell", "data-standing": only, "aria-hidden": "true" }) : null;
      const chip = h("button", { type: "button", "data-only": only, "aria-pressed": String(!only) },
        swatch, means, " 0");
      chip.addEventListener("click", () => this.#filter(only));
      this.legend.append(chip);
    }
    const input = h("input", {
      type: "search", placeholder: "i-…", "aria-label": `Find an instance of ${this.#alias}`,
      spellcheck: "false", autocomplete: "off",
    });
    const form = h("form", { class: "find", role: "search" }, input, h("button", { type: "submit" }, "Explain"));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#search(input.value.trim());
    });
    this.legend.append(form);
  }

  #search(text) {
    const found = text ? this.find(text) : [];
    if (found.length === 1) this.open(found[0].id);
    else if (!text) this.peek.textContent = "Type the beginning of an instance's id.";
    else this.peek.textContent = `${many(found.length, "instance")} begin with ${text}.`;
  }

  /** Asks for the drawer, wherever that is. */
  open(id) {
    const detail = { cluster: this.#alias, instance: id };
    this.element.dispatchEvent(new CustomEvent("explain", { detail, bubbles: true }));
  }

  #filter(only) {
    this.#only = only;
    for (const chip of this.legend.querySelectorAll("[data-only]")) {
      chip.setAttribute("aria-pressed", String(chip.dataset.only === only));
    }
    for (const cells of this.zones.querySelectorAll(".cells")) {
      cells.dataset.only = only;
      reachable(cells);
    }
    this.tell();
  }

  #build() {
    this.#cells.clear();
    this.#due.clear();
    const held = document.activeElement?.dataset?.instance;
    const zones = new Map();
    for (const row of this.#grid.rows) {
      if (!zones.has(row.zone)) zones.set(row.zone, []);
      const cell = h("button", {
        type: "button", tabindex: "-1", "data-act": "explain",
        "data-cluster": this.#alias, "data-instance": row.id,
      });
      this.#cells.set(row.id, cell);
      this.#dress(cell, row);
      zones.get(row.zone).push(cell);
    }
    this.zones.replaceChildren(...[...zones].map(([zone, cells], number) => {
      const id = `zone-${this.#alias}-${number}`;
      const box = h("div", { class: "cells", role: "group", "aria-labelledby": id, "data-only": this.#only });
      box.append(...cells);
      cells[0].tabIndex = 0;
      return h("div", { class: "zone", "data-zone": zone }, h("h4", { id }), box);
    }));
    if (held) this.#cells.get(held)?.focus();
  }

  #paint() {
    if (this.#frame) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      let left = A_FRAME;
      for (const id of this.#due) {
        if (left-- === 0) break;
        this.#due.delete(id);
        const [cell, row] = [this.#cells.get(id), this.#grid.byId.get(id)];
        if (cell && row) this.#dress(cell, row);
      }
      if (this.#due.size) this.#paint();
    });
  }

  #dress(cell, row) {
    const standing = this.#grid.standing(row);
    const label = this.#label(row, standing);
    if (cell.ariaLabel === label) return;
    cell.ariaLabel = label;
    cell.className = "cell";
    cell.dataset.standing = standing;
    if (this.#grid.aside(row)) cell.dataset.aside = "";
    else delete cell.dataset.aside;
  }

  #label(row, standing) {
    const parts = [];
    if (row.status !== "ACTIVE") parts.push(row.status);
    else if (!row.agentConnected) parts.push("DISCONNECTED");
    this.#grid.daemons.forEach((name, place) => {
      const code = row.codes[place];
      if (code && code !== "READY") parts.push(`${name} ${code}`);
    });
    if (row.gate === "closed") parts.push("gate closed");
    const why = parts.length ? `: ${parts.join(", ")}` : "";
    return `${row.ec2InstanceId || row.id} ${MEANS[standing]}${why}`;
  }

  #show(target) {
    if (target.dataset?.instance) this.peek.textContent = target.ariaLabel;
  }
}
