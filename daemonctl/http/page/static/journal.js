// What was decided and done, the newest first.
import { h } from "./dom.js";
import { state } from "./state.js";
import { instanceButton } from "./verdict.js";
import { at } from "./words.js";

const SHOWN = 100;
const KINDS = { "": "everything", VERDICT: "verdicts", ACTION: "calls", CONDITION: "conditions", COMMAND: "commands", LEADERSHIP: "who leads", VIOLATION: "dropped by the check" };

/** The section; its filter is kept by itself, its rows are drawn. */
export class Journal {
  #kind = "";
  #drawn = ""; // the kind that stands there
  #newest; // number of the first row that stands there
  #list = h("ol", { class: "journal", "data-own": "" });

  constructor() {
    const select = h("select", { id: "kind" }, Object.entries(KINDS).map(([kind, words]) => h("option", { value: kind }, words)));
    select.addEventListener("change", () => {
      this.#kind = select.value;
      this.draw();
    });
    this.element = h("section", { class: "cluster", "aria-labelledby": "journal" },
      h("h2", { id: "journal" }, "Journal"),
      h("div", { class: "filters" }, h("label", { for: "kind" }, "Show"), select,
        h("a", { href: "#main" }, "Up to the verdict")),
      h("div", { class: "roll", tabindex: "0", role: "region", "aria-label": "Rows of the journal, newest first" }, this.#list));
  }

  /** Rows never change: only those are made that are not there yet. */
  draw() {
    const rows = state.events.filter((each) => !this.#kind || each.kind === this.#kind);
    const old = this.#kind === this.#drawn ? rows.findIndex((each) => each.seq === this.#newest) : -1;
    const fresh = rows.slice(0, Math.min(old < 0 ? SHOWN : old, SHOWN)).map((row) => journalRow(row));
    if (old < 0 || old >= SHOWN) this.#list.replaceChildren(...fresh);
    else this.#list.prepend(...fresh);
    while (this.#list.childElementCount > SHOWN) this.#list.lastChild.remove();
    if (!rows.length) this.#list.replaceChildren(h("li", {}, "Nothing of this kind yet."));
    [this.#newest, this.#drawn] = [rows[0]?.seq, this.#kind];
  }
}

/** One row. */
export function journalRow(row, { named = true } = {}) {
  const instance = named && row.instance ? instanceButton(row.cluster, row.instance, row.ec2InstanceId) : null;
  return h("li", { "data-key": row.seq, "data-kind": row.kind },
    h("time", { datetime: row.at, title: row.at }, at(row.at)),
    h("b", { class: "code" }, row.code),
    named ? h("span", {}, row.daemon || row.cluster) : null,
    named ? h("span", {}, instance) : null,
    h("span", { class: "words" }, named ? row.words : `${row.daemon} ${row.words}`));
}
