// Moving through cells with the keyboard: one stop a zone for Tab, arrows within it.

export class GridKeys {
  constructor(root) {
    root.addEventListener("keydown", (event) => this.#key(event));
    root.addEventListener("focusin", (event) => this.#stop(event.target));
  }

  #key(event) {
    const cell = event.target.closest(".cell");
    if (!cell || event.ctrlKey || event.altKey || event.metaKey) return;
    const shown = [...cell.parentElement.children].filter((each) => each.offsetParent);
    const at = shown.indexOf(cell);
    const across = columns(shown);
    const to = {
      ArrowRight: at + 1,
      ArrowLeft: at - 1,
      ArrowDown: at + across,
      ArrowUp: at - across,
      PageDown: Math.min(at + 10 * across, shown.length - 1),
      PageUp: Math.max(at - 10 * across, 0),
      Home: 0,
      End: shown.length - 1,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    shown[to]?.focus();
  }

  /** The cell that has the focus is where Tab comes back to. */
  #stop(cell) {
    if (!cell.matches(".cell")) return;
    for (const each of cell.parentElement.querySelectorAll('[tabindex="0"]')) each.tabIndex = -1;
    cell.tabIndex = 0;
  }
}

/** The first cell that is shown is where Tab gets in, where the last one is hidden now. */
export function reachable(cells) {
  const shown = [...cells.children].find((each) => each.offsetParent);
  const stop = cells.querySelector('[tabindex="0"]');
  if (!shown || stop?.offsetParent) return;
  if (stop) stop.tabIndex = -1;
  shown.tabIndex = 0;
}

function columns(cells) {
  const top = cells[0]?.offsetTop;
  const at = cells.findIndex((each) => each.offsetTop !== top);
  return at < 0 ? cells.length : at;
}
