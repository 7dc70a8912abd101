// Everything that `explain` knows of one instance, in a dialog at the side.
import { ask, cluster } from "./api.js";
import { h, morphChildren } from "./dom.js";
import { journalRow } from "./journal.js";
import { notes } from "./notes.js";
import { state } from "./state.js";
import { age, many, now, span } from "./words.js";

const ROWS = 20; // of the journal, about this instance
const EVERY = 500; // milliseconds between two readings at least

export class Drawer {
  #at = null; // {cluster, instance}
  #timer = 0;
  #body = h("div", { class: "body" });

  constructor() {
    const close = h("button", { type: "button", class: "close", "aria-label": "Close" }, "✕");
    close.addEventListener("click", () => this.element.close());
    this.element = h("dialog", { class: "drawer", id: "drawer", "aria-labelledby": "drawer-title" }, close, this.#body);
    this.element.addEventListener("close", () => this.#closed());
    this.element.addEventListener("click", (event) => {
      if (event.target === this.element) this.element.close(); // beside it
    });
    document.body.append(this.element);
  }

  /** Shows an instance; its address stands in the URL, so that it can be sent to somebody. */
  open(alias, instance) {
    this.#at = { cluster: alias, instance };
    history.replaceState(null, "", `#${encodeURIComponent(alias)}/${encodeURIComponent(instance)}`);
    this.#body.replaceChildren(this.#title(instance), h("p", {}, "Asking…"));
    if (!this.element.open) this.element.showModal();
    this.#read();
  }

  /** Something was written about an instance: if it is this one, it is read again. */
  touched(row) {
    if (this.#at?.cluster !== row.cluster || this.#at.instance !== row.instance || this.#timer) return;
    this.#timer = setTimeout(() => this.#read(), EVERY);
  }

  #closed() {
    this.#at = null;
    clearTimeout(this.#timer);
    this.#timer = 0;
    history.replaceState(null, "", location.pathname);
  }

  #title(words) {
    return h("h2", { id: "drawer-title", tabindex: "-1", class: "id" }, words);
  }

  async #read() {
    this.#timer = 0;
    const at = this.#at;
    if (!at) return;
    const id = encodeURIComponent(at.instance);
    try {
      const [document, page] = await Promise.all([
        ask(`${cluster(at.cluster)}/instances/${id}`),
        ask(`/v1/events?newest=${ROWS}&cluster=${encodeURIComponent(at.cluster)}&instance=${id}`),
      ]);
      if (this.#at !== at) return;
      at.instance = document.instance.id; // a short name was enough to find it
      morphChildren(this.#body, this.#draw(document, page.events.reverse()));
    } catch (error) {
      if (this.#at !== at) return;
      morphChildren(this.#body, [this.#title(at.instance), h("p", { class: "why" }, error.message)]);
    }
  }

  #draw(document, events) {
    const row = document.instance;
    const standings = state.grids.get(document.cluster)?.standings ?? {};
    const conditions = document.conditions.map((each) => ({
      title: each.notice, words: each.daemon ? `${each.daemon}: ${each.words}` : each.words, next: each.next, notice: each.notice,
    }));
    return [
      this.#title(row.ec2InstanceId || row.id),
      facts(document),
      notes(conditions),
      ...row.verdicts.map((each) => slot(each, standings[each.code])),
      ...tasks("Tasks of these families that others started, left alone", document.foreign),
      ...tasks("Ours, of a daemon that is no longer in the config", document.orphans),
      h("h3", {}, "Journal"),
      events.length
        ? h("ol", { class: "journal" }, events.map((each) => journalRow(each, { named: false })))
        : h("p", { class: "facts" }, "Nothing is held about it."),
    ].filter(Boolean);
  }
}

function facts(document) {
  const row = document.instance;
  const { remaining: left, registered: whole } = document;
  const away = row.status === "ACTIVE" && !row.agentConnected;
  const since = document.disconnectedSince ? ` for ${age(document.disconnectedSince)}` : "";
  const agent = `agent ${row.agentConnected ? "" : "not "}connected${since} (${document.agentVersion || "version unknown"})`;
  const ports = [["tcp", left.tcp], ["udp", left.udp]].filter(([, numbers]) => numbers.length)
    .map(([kind, numbers]) => `${kind} ${numbers.join(" ")}`).join(", ");
  const pairs = [
    ["In ECS", row.id],
    ["Cluster", `${document.cluster}, zone ${row.zone || "unknown"}`],
    ["Status", `${away ? "DISCONNECTED" : row.status}, ${agent}`],
    ["Registered", `${age(document.registeredAt)} ago, ${many(document.attributes, "attribute")}`],
    ["Gate", document.gate],
    ["In Consul", document.consulAgent],
    ...document.consulGhosts.map((each) => ["Ghost", `${each.node}: ${each.words}`]),
    ...document.unregistered.map((each) => ["Not there", `${each} should be in Consul, and is not`]),
    ...document.staleServices.map((each) => ["Stale there", each]),
    ["Resources", `${left.cpu} of ${whole.cpu} CPU units and ${left.memory} of ${whole.memory} MiB left`],
    ["Ports taken", ports || "none"],
    ["Next", document.next],
  ];
  return h("dl", { class: "facts-list" },
    pairs.filter(([, words]) => words).flatMap(([name, words]) => [h("dt", {}, name), h("dd", {}, words)]));
}

function slot(verdict, standing) {
  const until = verdict.until ? (Date.parse(verdict.until) - now()) / 1000 : 0;
  const failure = verdict.lastFailure;
  const pairs = [
    ["Why", verdict.words],
    ["Runs", verdict.task ? `${verdict.revision} ${verdict.taskStatus}${verdict.since ? ` for ${age(verdict.since)}` : ""}` : "nothing"],
    ["Task", verdict.task],
    ["Should", should(verdict)],
    ["Failed", failure ? `${many(failure.streak, "failure")} in a row, ${age(failure.at)} ago; ${failure.code}: ${failure.words}` : ""],
    ["Next", verdict.next],
  ];
  return h("section", { class: "slot", "data-standing": standing, "data-daemon": verdict.daemon, "data-key": verdict.daemon },
    h("h3", {}, verdict.daemon, " ", h("span", { class: "code" }, verdict.code), until > 0 ? ` for ${span(until)} more` : ""),
    h("dl", { class: "facts-list" },
      pairs.filter(([, words]) => words).flatMap(([name, words]) => [h("dt", {}, name), h("dd", {}, words)])));
}

function should(verdict) {
  if (verdict.wanted) return `run ${verdict.wanted}`;
  return verdict.code === "NO_DEFINITION" ? "run, but of which revision is not known" : "not run here";
}

function tasks(title, rows) {
  if (!rows.length) return [];
  return [h("h3", {}, title), h("ul", {}, rows.map((each) =>
    h("li", {}, h("span", { class: "id" }, each.task), ` ${each.status} ${each.revision}, group ${each.group}${each.startedBy ? `, started by ${each.startedBy}` : ""}`)))];
}
