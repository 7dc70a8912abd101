// Small questions: a token, a reason, a confirmation.
import { h } from "./dom.js";

/** Asks; the form's values when it is confirmed, null when it is given up. */
export function question(title, words, fields, confirm, { danger = false } = {}) {
  return new Promise((answer) => {
    const values = {};
    const no = h("button", { type: "button" }, "Cancel");
    const yes = h("button", { type: "submit", class: danger ? "danger" : "primary", "data-confirm": "" }, confirm);
    const form = h("form", { method: "dialog" }, h("h2", { id: "question-title" }, title),
      words.map((each) => h("p", {}, each)), fields, h("div", { class: "choices" }, no, yes));
    const dialog = h("dialog", { id: "question", "aria-labelledby": "question-title" }, form);
    let confirmed = false;
    no.addEventListener("click", () => dialog.close());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      confirmed = true;
      for (const each of form.querySelectorAll("[data-field]")) {
        if (each.type !== "radio" || each.checked) values[each.dataset.field] = each.value;
      }
      dialog.close();
    });
    dialog.addEventListener("close", () => {
      dialog.remove();
      answer(confirmed ? values : null);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** Asks for the token. `why` says what was wrong with the last one. */
export async function askToken(why) {
  const input = h("input", { type: "password", id: "token-field", "data-field": "token", autocomplete: "current-password", required: true, spellcheck: "false", pattern: "[!-~]+", title: "one word without blanks or accents", "aria-describedby": "token-why" });
  const words = ["It is the word in the file that http.authTokenFile names. It stays in this tab and is sent to this server only, never in a URL."];
  const found = await question("The token, please", words, [
    h("label", { for: "token-field" }, "Token"), input, h("p", { class: "why", id: "token-why", role: "alert" }, why ?? ""),
  ], "Use it");
  return found?.token.trim() ?? "";
}
