// Conditions and their like.
import { h } from "./dom.js";

/** What somebody should know, each with its next step. */
export function notes(rows) {
  if (!rows.length) return null;
  return h("ul", { class: "notes" }, rows.map((row) =>
    h("li", { "data-notice": row.notice }, h("b", { class: "code" }, row.title), ` ${row.words}`,
      row.next ? h("span", { class: "next" }, `Next: ${row.next}`) : null)));
}
