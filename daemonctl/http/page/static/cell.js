// One cell: what it looks like and what it is called.
import { h } from "./dom.js";

/** What a standing means, in words. */
export const MEANS = {
  UNSAFE: "not safe", MOVING: "on its way", SAFE: "safe", AWAY: "needs no daemon",
};

export function makeCell(alias, row) {
  return h("button", {
    type: "button", class: "cell", tabindex: "-1", "data-act": "explain",
    "data-cluster": alias, "data-instance": row.id,
  });
}

/** Makes a cell say how its instance stands. Nothing is touched where nothing changed. */
export function dress(cell, grid, row) {
  const standing = grid.standing(row);
  const words = label(grid, row, standing);
  if (cell.ariaLabel === words) return false;
  const moved = cell.dataset.standing !== standing;
  cell.ariaLabel = words;
  if (moved) cell.dataset.standing = standing;
  cell.toggleAttribute("data-aside", grid.aside(row));
  return moved;
}

function label(grid, row, standing) {
  const parts = [];
  if (row.status !== "ACTIVE") parts.push(row.status);
  else if (!row.agentConnected) parts.push("DISCONNECTED");
  grid.daemons.forEach((name, place) => {
    const code = row.codes[place];
    if (code && code !== "READY") parts.push(`${name} ${code}`);
  });
  if (row.gate === "closed") parts.push("gate closed");
  const why = parts.length ? `: ${parts.join(", ")}` : "";
  return `${row.ec2InstanceId || row.id} ${MEANS[standing]}${why}`;
}
