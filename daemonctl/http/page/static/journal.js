// What was decided and done, the newest first.
import { h, morphChildren } from "./dom.js";
import { state } from "./state.js";
import { instanceButton } from "./verdict.js";
import { at } from "./words.js";

const SHOWN = 100;
const KINDS = { "": "everything", VERDICT: "verdicts", ACTION: "calls", CONDITION: "conditions", COMMAND: "commands", LEADERSHIP: "who leads", VIOLATION: "dropped by the check" };

/** The section; its filter is kept by itself, its rows are drawn. */
export class Journal {
  #kind = "";
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

  draw() {
    const rows = state.events.filter((each) => !this.#kind || each.kind === this.#kind);
    const shown = rows.slice(0, SHOWN).map((row) => journalRow(row));
    morphChildren(this.#list, shown.length ? shown : [h("li", { class: "none" }, "Nothing of this kind yet.")]);
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
