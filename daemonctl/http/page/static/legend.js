// What the cells mean, how many there are of each, and a way to one of them by name.
import { MEANS } from "./cell.js";
import { h } from "./dom.js";
import { count } from "./words.js";

/** The chips above a grid. `filter(standing)` and `search(text)` are told what is wanted. */
export class Legend {
  only = ""; // the standing that is shown alone

  constructor(alias, { filter, search }) {
    const chips = [["", "All"], ...Object.entries(MEANS)].map(([only, means]) => {
      const attributes = { type: "button", "data-only": only, "aria-pressed": String(!only) };
      const swatch = only ? h("span", { class: "cell", "data-standing": only, "aria-hidden": "true" }) : null;
      const chip = h("button", attributes, swatch, means, " 0");
      chip.addEventListener("click", () => filter(this.#choose(only)));
      return chip;
    });
    const input = h("input", {
      type: "search", placeholder: "i-…", "aria-label": `Find an instance of ${alias}`,
      spellcheck: "false", autocomplete: "off",
    });
    const form = h("form", { class: "find", role: "search" }, input, h("button", { type: "submit" }, "Explain"));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      search(input.value.trim());
    });
    this.element = h("div", { class: "legend", role: "group", "aria-label": "Show only" }, chips, form);
  }

  /** The numbers; a kind that there is none of has no chip. */
  tell(counts, total) {
    for (const chip of this.#chips()) {
      const { only } = chip.dataset;
      const number = only ? counts[only] : total;
      const words = ` ${count(number)}`;
      if (chip.lastChild.data !== words) chip.lastChild.data = words;
      chip.hidden = number === 0 && only !== this.only;
    }
  }

  #choose(only) {
    this.only = this.only === only ? "" : only;
    for (const chip of this.#chips()) {
      chip.setAttribute("aria-pressed", String(chip.dataset.only === this.only));
    }
    return this.only;
  }

  #chips() {
    return this.element.querySelectorAll("[data-only]");
  }
}
