// Pause, resume, undo, restart: asked for here, done by the controller, refused in its words.
import { ask, cluster, setToken } from "./api.js";
import { askToken, question } from "./dialogs.js";
import { h } from "./dom.js";
import { state } from "./state.js";
import { say } from "./voice.js";
import { many } from "./words.js";

const SHOWN = 30_000; // milliseconds that an answer stands

/** Carries out what a button says; `changed` is told when there is something to draw. */
export async function command(verb, alias, daemon, changed) {
  const body = await asked(verb, alias, daemon);
  if (body === null) return;
  const path = `${cluster(alias)}/daemons/${encodeURIComponent(daemon)}`;
  const answer = await send(`${path}/${verb}`, body);
  const key = `${alias}/${daemon}`;
  state.answers.set(key, answer);
  say(`${daemon}: ${answer.words}`);
  changed();
  setTimeout(() => {
    if (state.answers.get(key) === answer) state.answers.delete(key);
    changed();
  }, SHOWN);
}

/** The body of the command, null where the operator thought better of it. */
function asked(verb, alias, daemon) {
  if (verb === "resume") return {};
  if (verb === "pause") return pause(daemon);
  return verb === "undo" ? undo(alias, daemon) : restart(alias, daemon);
}

async function pause(daemon) {
  const field = h("input", { id: "reason", "data-field": "reason", maxlength: "120", autocomplete: "off" });
  const words = ["Updates stop; what dies is still repaired. The reason stands in the journal."];
  const found = await question(`Pause ${daemon}?`, words, [h("label", { for: "reason" }, "Reason (may be empty)"), field], "Pause");
  return found && (found.reason ? { reason: found.reason } : {});
}

async function restart(alias, daemon) {
  const total = state.status.clusters.find((each) => each.alias === alias)?.daemons.find((each) => each.name === daemon)?.current ?? 0;
  const words = [`${many(total, "task")} of ${daemon} on ${alias} are replaced, within maxUnavailable.`];
  return (await question(`Restart ${daemon}?`, words, [], "Restart", { danger: true })) && {};
}

async function undo(alias, daemon) {
  let rollout = null;
  try {
    rollout = (await ask(`${cluster(alias)}/daemons/${encodeURIComponent(daemon)}`)).rollout;
  } catch {
    // The command itself will say what is wrong.
  }
  const history = (rollout?.history ?? []).slice(-10).reverse();
  const choice = (value, words, checked) => h("label", {},
    h("input", { type: "radio", name: "revision", value, checked, "data-field": "to" }), words);
  const choices = h("fieldset", { class: "revisions" }, h("legend", {}, "Back to"),
    choice("", "the revision before this one", true),
    history.map((row) => choice(row.number, h("span", {}, `${row.number}: `, h("span", { class: "id" }, row.revision), ` ${row.outcome.toLowerCase()}, ${row.cause}`))));
  const words = [`${daemon} on ${alias} now has ${rollout?.target || "a revision that is not known"}. Its tasks are replaced, within maxUnavailable.`];
  const found = await question(`Undo the rollout of ${daemon}?`, words, [choices], "Undo", { danger: true });
  return found && (found.to ? { toRevision: Number(found.to) } : {});
}

async function send(path, body) {
  for (let why = null; ; ) {
    try {
      const { clusters } = await ask(path, { method: "POST", body });
      const refused = clusters.filter((each) => !each.done);
      return { done: !refused.length, words: clusters.map((each) => each.words).join("; ") };
    } catch (error) {
      if (error.status !== 401) return { done: false, words: error.message };
      const token = await askToken(why ?? "");
      if (!token) return { done: false, words: "it was given up: there was no token" };
      setToken(token);
      why = "That token is not accepted.";
    }
  }
}
