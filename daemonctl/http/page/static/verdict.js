// Is discovery safe? The first thing that is seen, and what a screen reader is told of changes.
import { h, morphChildren } from "./dom.js";
import { state } from "./state.js";
import { mention } from "./voice.js";
import { count, span } from "./words.js";

const ORDER = ["UNSAFE", "UNKNOWN", "MOVING", "UNGUARDED", "SAFE", "AWAY"];
const SIGNS = { UNSAFE: "✕", UNKNOWN: "?", MOVING: "…", UNGUARDED: "!", SAFE: "✓", AWAY: "–" };
const DOUBTED = 3000; // milliseconds without a connection, after which nothing is known any more
let known = "";

/** The worst first; what another replica leads comes last: its page tells. */
export const worstFirst = (clusters) => [...clusters].sort((a, b) => rank(a) - rank(b));

const rank = ({ state: view, discovery }) => (view === "standby" ? ORDER.length : ORDER.indexOf(discovery.state));

/** Draws the verdicts into their section, names the tab, and tells. */
export function drawVerdicts(section, clusters) {
  const sorted = worstFirst(clusters.map(believed));
  const title = h("h2", { class: "unseen", id: "verdict-title" }, "Is discovery safe?");
  morphChildren(section, [title, ...sorted.map((each) => verdict(each, sorted.length > 1))]);
  const worst = sorted[0]?.discovery;
  if (worst) document.title = `${SIGNS[worst.state]} ${short(worst)} – daemonctl`;
  const lost = worst?.state === "UNKNOWN" && state.link.state === "lost";
  const words = lost ? "Connection lost. What is shown may be old." : sorted.map((each) => each.discovery.words).join(". ");
  if (known && words !== known) mention(words);
  known = words;
}

/** What was true when the connection was lost is not claimed for long. */
function believed(cluster) {
  const { state: found, since } = state.link;
  const silent = Date.now() - since;
  if (found !== "lost" || silent < DOUBTED) return cluster;
  const words = `Whether discovery is safe is not known now; ${span(silent / 1000)} ago: ${cluster.discovery.words}`;
  return { ...cluster, discovery: { ...cluster.discovery, state: "UNKNOWN", words, instances: 0 } };
}

function verdict(cluster, several) {
  const row = cluster.discovery;
  const words = several ? [h("a", { href: `#cluster-${cluster.alias}` }, cluster.alias), `: ${row.words}`] : row.words;
  const numbers = row.instances
    ? h("p", { class: "count", "aria-hidden": "true" }, `${count(row.safe)}/${count(row.instances)}`)
    : null;
  return h(
    "div",
    { class: "verdict", "data-state": row.state, "data-key": cluster.alias, "data-cluster": cluster.alias },
    h("span", { class: "mark", "aria-hidden": "true" }),
    h("p", { class: "sentence" }, words),
    numbers,
    row.state === "UNSAFE" ? h("ul", { class: "worst" }, groups(row.worst).map((each) => failing(cluster, each))) : null,
  );
}

/** Instances that fail for the same reason stand together. */
function groups(rows) {
  const found = new Map();
  for (const row of rows) {
    const { daemon, code, words, next } = row.verdict;
    const key = [daemon, code, words, next].join("|");
    if (!found.has(key)) found.set(key, []);
    found.get(key).push(row);
  }
  return [...found];
}

function failing(cluster, [key, rows]) {
  const held = rows[0].verdict;
  return h(
    "li",
    { "data-key": key },
    h("b", { class: "code" }, `${held.daemon} ${held.code}`), ` ${held.words} `,
    h("span", { class: "where" }, "on ", rows.map((row, at) => [at ? ", " : "", instanceButton(cluster.alias, row.id, row.ec2InstanceId)])),
    h("span", { class: "next" }, `Next: ${held.next}`),
  );
}

/** A name that opens the drawer. */
export function instanceButton(cluster, id, name) {
  const attributes = {
    type: "button", class: "plain id", "data-act": "explain", "data-cluster": cluster, "data-instance": id,
  };
  return h("button", attributes, name || id);
}

function short(row) {
  if (row.state === "SAFE") return "safe";
  if (row.state === "UNGUARDED") return "frozen";
  return { UNSAFE: `${count(row.unsafe)} not safe`, MOVING: `${count(row.moving)} on the way` }[row.state] ?? "not known";
}
