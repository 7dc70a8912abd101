// The numbers of `kubectl get ds`, how a rollout goes, and the buttons for it.
import { h } from "./dom.js";
import { notes } from "./notes.js";
import { state } from "./state.js";
import { age, count } from "./words.js";

const COLUMNS = ["Name", "Desired", "Current", "Ready", "Up-to-date", "Available", "Misscheduled", "Age"];
const NO_TOKEN = "Nobody can change anything here: this server has no token. Set http.authTokenFile (or http.tls.clientCaFile) and start daemonctl anew.";

export const mayChange = () => document.documentElement.dataset.auth !== "none";

export function daemonTable(cluster) {
  const label = `Daemons of ${cluster.alias}`;
  const why = `why-${cluster.alias}`;
  const head = h("tr", {}, COLUMNS.map((name) => h("th", { scope: "col" }, name)),
    h("th", { scope: "col", class: "actions" }, h("span", { class: "unseen" }, "Rollout")));
  return h("div", { "data-key": "daemons" },
    h("div", { class: "wide", tabindex: "0", role: "region", "aria-label": label },
      h("table", { class: "daemons" },
        h("caption", { class: "unseen" }, label),
        h("thead", {}, head),
        h("tbody", {}, cluster.daemons.flatMap((each) => rows(cluster, each, why))))),
    mayChange() ? null : h("p", { class: "facts", id: why }, NO_TOKEN));
}

function rows(cluster, daemon, why) {
  const key = `${cluster.alias}/${daemon.name}`;
  const { desired } = daemon;
  const unsafe = cluster.discovery.state === "UNSAFE";
  const cells = [
    [desired, false], [daemon.current, daemon.current < desired], [daemon.ready, daemon.ready < desired],
    [daemon.updated, false], [daemon.available, daemon.available < desired],
    [daemon.misscheduled, daemon.misscheduled > 0],
  ].map(([number, low], at) =>
    h("td", { class: ["n", low && (unsafe ? "low" : "coming"), at === 5 && !number && "zero"].filter(Boolean).join(" ") }, count(number)));
  const row = h("tr", { "data-key": key, "data-daemon": daemon.name },
    h("th", { scope: "row" }, daemon.name, daemon.type === "ONCE" ? h("small", {}, " once") : null),
    cells, h("td", {}, age(daemon.since)), h("td", { class: "actions" }, buttons(cluster, daemon, why)));
  const more = below(daemon, key, unsafe);
  return more ? [row, h("tr", { class: "more", "data-key": `${key} more` }, h("td", { colspan: COLUMNS.length + 1 }, more))] : [row];
}

function buttons(cluster, daemon, why) {
  if (daemon.type === "ONCE") return null; // it replaces nothing: there is nothing to steer
  const may = mayChange();
  const button = (act, words) => h("button", {
    type: "button", "data-act": act, "data-cluster": cluster.alias, "data-daemon": daemon.name,
    "aria-disabled": may ? null : "true", "aria-describedby": may ? null : why,
    title: may ? null : NO_TOKEN, "aria-label": `${words} ${daemon.name}`, "data-key": act,
  }, words);
  return [
    daemon.paused ? button("resume", "Resume") : button("pause", "Pause"),
    button("undo", "Undo…"),
    button("restart", "Restart…"),
  ];
}

/** What stands under a daemon's row: its rollout, what waits, conditions, a command's answer. */
function below(daemon, key, unsafe) {
  const parts = [];
  const document = state.details.get(key);
  if (isUnderWay(daemon)) parts.push(rolling(daemon, document?.rollout));
  const waits = Object.entries(daemon.blocked ?? {}).map(([code, number]) => `${count(number)} ${code}`);
  const found = [];
  if (waits.length) found.push({ title: "WAITS", words: waits.join(", "), notice: unsafe ? null : "ROLLOUT" });
  if (daemon.fault) found.push({ title: "FAULT", words: daemon.fault, notice: "NO_DEFINITION" });
  if (daemon.foreign) found.push({ title: "FOREIGN", words: `${count(daemon.foreign)} tasks of its family that others started: left alone`, notice: "ROLLOUT" });
  for (const row of daemon.conditions) {
    if (row.notice === "ROLLOUT" && isUnderWay(daemon)) continue; // the bar says it
    found.push({ title: row.notice, words: row.words, next: row.next, notice: row.notice });
  }
  const answer = state.answers.get(key);
  if (answer) found.push({ title: answer.done ? "DONE" : "REFUSED", words: answer.words, notice: answer.done ? "ROLLOUT" : "NO_DEFINITION" });
  if (found.length) parts.push(notes(found));
  return parts.length ? parts : null;
}

export const isUnderWay = (daemon) => daemon.paused || !["", "STEADY"].includes(daemon.rollout);

function rolling(daemon, rollout) {
  const phase = daemon.paused ? "PAUSED" : daemon.rollout;
  const label = `${daemon.name}: ${count(daemon.updated)} of ${count(daemon.desired)} updated`;
  const words = rollout?.words ?? label;
  const failed = (rollout?.failed ?? []).slice(0, 3).map((each) => `${each.ec2InstanceId || each.id}: ${each.reason}`);
  return h("div", { class: "rolling", "data-phase": phase, "data-key": "rolling" },
    h("progress", { value: daemon.updated, max: Math.max(daemon.desired, 1), "aria-label": label }),
    h("span", {}, words.toLowerCase().startsWith(phase.toLowerCase()) ? null : h("b", { class: "code" }, `${phase} `), words),
    rollout?.waits ? h("span", { class: "next" }, `Waits: ${rollout.waits}`) : null,
    rollout?.paused ? h("span", { class: "next" }, `Paused ${age(rollout.paused.at)} ago.`) : null,
    failed.length ? h("span", { class: "next" }, `Failed on ${failed.join("; ")}`) : null);
}
