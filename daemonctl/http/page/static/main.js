// The page comes to life: the server's own words are there already, and are taken over from here.
import { ask, hasToken, setToken } from "./api.js";
import { drawClusters, drawProcess, drawWays, gridView } from "./clusters.js";
import { command } from "./commands.js";
import { askToken } from "./dialogs.js";
import { h } from "./dom.js";
import { Drawer } from "./drawer.js";
import { Journal } from "./journal.js";
import { Refresh } from "./refresh.js";
import { remember, state } from "./state.js";
import { Stream } from "./stream.js";
import { themeSwitch } from "./theme.js";
import { drawVerdicts } from "./verdict.js";
import { age, at, span } from "./words.js";

const NEWEST = 200; // rows of the journal to begin with
const DRAW_EVERY = 200; // milliseconds between two drawings of the tables
const ANYWAY = 10_000; // the status is asked for this often, also when nothing happens

const find = (id) => document.getElementById(id);
const place = {
  verdicts: h("section", { class: "verdicts", id: "verdicts", "aria-labelledby": "verdict-title" }),
  process: h("div", { id: "process" }),
  clusters: h("div", { class: "clusters" }),
  foot: h("footer", { id: "foot" }),
};
const journal = new Journal();
const drawer = new Drawer();
const refresh = new Refresh({ changed: draw, failed });
let [stream, drawn, timer, heard] = [null, 0, 0, []];
let asking = false; // for the token, in a dialog

function draw() {
  timer ||= setTimeout(drawNow, Math.max(0, drawn + DRAW_EVERY - Date.now())); // in a hidden tab, too: its title tells
}

function drawNow() {
  [timer, drawn] = [0, Date.now()];
  if (heard.length) remember(heard.reverse());
  heard = [];
  const { status } = state;
  if (!status) return;
  if (find("app").hidden) takeOver();
  drawVerdicts(place.verdicts, status.clusters);
  drawWays(find("ways"), status.clusters);
  drawProcess(place.process);
  drawClusters(place.clusters, status.clusters);
  for (const { alias } of status.clusters) gridView(alias)?.show(state.grids.get(alias));
  journal.draw();
  place.foot.textContent = `daemonctl ${status.version}, up ${age(status.started)}.`;
}

function takeOver() {
  find("app").append(place.verdicts, place.process, place.clusters, journal.element, place.foot);
  find("app").hidden = false;
  find("rendered").remove();
  find("link").hidden = find("ways").hidden = false;
  find("token").hidden = !hasToken();
  find("token").textContent = "Forget the token";
  explainAddress();
}

/** An address that somebody sent: `#cluster/instance`. */
function explainAddress() {
  try {
    const [alias, instance] = location.hash.slice(1).split("/").map(decodeURIComponent);
    if (alias && instance) drawer.open(alias, instance);
  } catch {
    // It is no address of ours.
  }
}

/** A row of the journal: the cell at once, the numbers soon. */
function happened(row) {
  heard.push(row);
  if (row.kind === "VERDICT" && row.instance) {
    const changed = state.grids.get(row.cluster)?.apply(row);
    if (changed) gridView(row.cluster)?.changed(changed);
  }
  drawer.touched(row);
  refresh.status();
  draw();
}

function link(found, words = "", until = 0) {
  const since = state.link.state === found ? state.link.since : Date.now();
  state.link = { state: found, words, until, since };
  document.documentElement.dataset.link = found;
  tellLink();
}

function tellLink() {
  const { state: found, words, until } = state.link;
  const lost = found === "lost";
  if (lost) draw();
  find("link").dataset.link = found;
  find("link").textContent = { open: "live", opening: "connecting", lost: "connection lost" }[found];
  find("notice").hidden = !lost;
  const wait = span((until - Date.now()) / 1000);
  const since = state.seen ? `What is shown is of ${at(state.seen)}` : "Nothing is known yet";
  if (lost) find("notice").textContent = `Connection lost: ${words}. ${since}. Trying again in ${wait}.`;
}

/** Live; what was missed while it was not is asked for. */
function opened() {
  if (state.link.state === "lost") refresh.everything();
  link("open");
}

function failed(error) {
  if (error.status === 401) locked(hasToken() ? "That token is not accepted any more." : "");
}

/** The server wants a token: it is asked for where the page is, or in a dialog. */
async function locked(why) {
  stream?.close();
  stream = null;
  if (!find("app").hidden) {
    if (asking) return; // the stream and a document may both be refused
    asking = true;
    const token = await askToken(why);
    asking = false;
    if (token) setToken(token);
    begin();
    return;
  }
  delete document.documentElement.dataset.known;
  const form = find("key-form");
  if (!form) return location.reload(); // the server has a token since: its form comes with it
  find("key-why").textContent = why;
  form.onsubmit = (event) => {
    event.preventDefault();
    setToken(find("key").value.trim());
    find("key").value = "";
    begin();
  };
}

async function begin() {
  link("opening");
  try {
    const page = await ask(`/v1/events?newest=${NEWEST}`);
    state.events = page.events.reverse();
    stream?.close();
    stream = new Stream(page.next, {
      open: opened,
      row: happened,
      gap: () => refresh.everything(),
      lost: (words, until) => link("lost", words, until),
      refused: () => locked("That token is not accepted any more."),
    });
    stream.run();
    refresh.everything(0); // what happened before these rows was not heard
  } catch (error) {
    if (error.status === 401) return locked(hasToken() ? "That token is not accepted." : "");
    link("lost", error.status ? error.message : "the server cannot be reached", Date.now() + 3000);
    setTimeout(begin, 3000);
  }
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-act]");
  if (!button || button.getAttribute("aria-disabled") === "true") return;
  const { act, cluster, instance, daemon } = button.dataset;
  if (act === "explain") drawer.open(cluster, instance);
  else command(act, cluster, daemon, () => (refresh.status(), draw()));
});
document.addEventListener("explain", ({ detail }) => drawer.open(detail.cluster, detail.instance));
document.addEventListener("visibilitychange", () => document.hidden || refresh.status());
window.addEventListener("hashchange", explainAddress);
window.addEventListener("online", () => stream?.retry());
find("token").addEventListener("click", () => (setToken(""), location.reload()));
setInterval(tellLink, 1000);
setInterval(() => document.hidden || refresh.status(), ANYWAY);

themeSwitch(find("theme"));
if (document.documentElement.dataset.anonymous === undefined || hasToken()) begin();
else locked("");
