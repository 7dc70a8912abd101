// Moving through cells with the keyboard: one stop a zone for Tab, arrows within it.

export class GridKeys {
  #across;

  /** `across` tells how many cells a line has. */
  constructor(root, across) {
    this.#across = across;
    root.addEventListener("keydown", (event) => this.#key(event));
    root.addEventListener("focusin", (event) => this.#stop(event.target));
  }

  #key(event) {
    const cell = event.target.closest(".cell");
    if (!cell || event.ctrlKey || event.altKey || event.metaKey) return;
    const cells = [...cell.closest(".cells").querySelectorAll(".cell")];
    const [at, across, last] = [cells.indexOf(cell), this.#across(), cells.length - 1];
    const to = {
      ArrowRight: at + 1,
      ArrowLeft: at - 1,
      ArrowDown: at + across,
      ArrowUp: at - across,
      PageDown: Math.min(at + 10 * across, last),
      PageUp: Math.max(at - 10 * across, 0),
      Home: 0,
      End: last,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    cells[to]?.focus();
  }

  /** The cell that has the focus is where Tab comes back to. */
  #stop(cell) {
    if (!cell.matches(".cell")) return;
    for (const each of cell.closest(".cells").querySelectorAll('[tabindex="0"]')) each.tabIndex = -1;
    cell.tabIndex = 0;
  }
}
