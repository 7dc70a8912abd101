// A section a cluster: its state in a line, what to know, its daemons, its grid.
import { h, morph, morphChildren } from "./dom.js";
import { daemonTable } from "./daemons.js";
import { GridView } from "./grid.js";
import { notes } from "./notes.js";
import { state } from "./state.js";
import { age, count, many, webAddress } from "./words.js";

const views = new Map();

export const gridView = (alias) => views.get(alias);

/** Draws every cluster, in the config's order: nothing moves under somebody's pointer. */
export function drawClusters(root, clusters) {
  for (const alias of views.keys()) {
    if (!clusters.some((each) => each.alias === alias)) views.delete(alias);
  }
  const sections = clusters.map((cluster) => section(cluster));
  morphChildren(root, sections);
  for (const cluster of clusters) {
    const place = document.getElementById(`grid-${cluster.alias}`);
    const view = views.get(cluster.alias);
    if (place && view && view.element.parentElement !== place) place.replaceChildren(view.element);
  }
}

/** The ways to what lies below. */
export function drawWays(place, clusters) {
  const ways = clusters.length > 1 ? clusters.map(({ alias }) => [`#cluster-${alias}`, alias]) : [];
  const links = [...ways, ["#journal", "Journal"]].map(([href, words]) => h("a", { href, "data-key": href }, words));
  morphChildren(place, links);
}

function section(cluster) {
  const id = `cluster-${cluster.alias}`;
  const head = h("h2", { id }, `${cluster.alias} `, h("small", {}, `${cluster.region} · ${cluster.state}`));
  const attributes = {
    class: "cluster", "aria-labelledby": id, "data-key": cluster.alias, "data-cluster": cluster.alias,
  };
  if (cluster.state === "standby") return h("section", attributes, head, elsewhere(cluster));
  if (!views.has(cluster.alias)) views.set(cluster.alias, new GridView(cluster.alias));
  return h(
    "section", attributes, head, facts(cluster), notes(clusterNotes(cluster)), daemonTable(cluster),
    h("h3", { id: `instances-${cluster.alias}` }, "Instances"),
    h("div", { id: `grid-${cluster.alias}`, "data-own": "" }),
  );
}

function elsewhere(cluster) {
  const address = webAddress(cluster.leader?.address);
  const link = address ? h("a", { href: `${address}/` }, `The leader's page: ${address}`) : null;
  return h("p", { class: "standby" }, `This replica stands by: ${cluster.words}. `, link);
}

function facts(cluster) {
  const counts = cluster.instances;
  const parts = [
    [counts.active, "active"], [counts.draining, "draining"], [counts.disconnected, "disconnected"],
    [counts.other, "neither active nor draining"], [counts.gateClosed, "with the gate closed"],
  ].filter(([number]) => number).map(([number, words]) => `${count(number)} ${words}`);
  const leader = cluster.leader ? `, led by the replica on ${cluster.leader.host}` : "";
  const view = cluster.lastResync ? `, listed ${age(cluster.lastResync)} ago` : "";
  const words = `${many(counts.total, "instance")}${parts.length ? `: ${parts.join(", ")}` : ""}${view}${leader}`;
  return h("p", { class: "facts" }, words);
}

function clusterNotes(cluster) {
  const found = [];
  const add = (title, words, next = "", notice = null) => found.push({ title, words, next, notice });
  if (cluster.words) add(cluster.state.toUpperCase(), cluster.words);
  if (cluster.leader?.words && cluster.leader.role !== "leader") add(cluster.leader.role.toUpperCase(), cluster.leader.words);
  if (cluster.consul?.words) add("CONSUL", cluster.consul.words);
  if (cluster.coverage?.words) add("REGISTRATIONS", cluster.coverage.words);
  for (const [name, number] of Object.entries(cluster.orphans ?? {})) {
    const step = cluster.removing?.includes(name) ? "" : "put it back into the config, or `daemonctl prune`";
    add("ORPHANS", `${many(number, "task")} of ${name}, a daemon that the config does not have`, step);
  }
  for (const row of cluster.conditions) add(row.notice, row.words, row.next, row.notice);
  return found;
}

/** What concerns the whole process. */
export function drawProcess(place) {
  const { status } = state;
  const rows = [];
  if (!status.config.ok) {
    const words = `cannot be loaded, the last good one is in force: ${status.config.words}`;
    rows.push({ title: "CONFIG", words, notice: "NO_DEFINITION" });
  }
  if (status.dryRun) rows.push({ title: "DRY RUN", words: "this process decides and writes nothing" });
  morph(place, h("div", { id: place.id }, notes(rows)));
}
