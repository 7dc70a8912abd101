// When to ask again: soon after the journal says so, at most this often, and now and then anyway.
import { ask, cluster } from "./api.js";
import { isUnderWay } from "./daemons.js";
import { Grid, state } from "./state.js";

const SOON = 80; // milliseconds after a row of the journal: its numbers follow it
const STATUS_EVERY = 600; // between two statuses at least
const GRID_EVERY = 1500; // between two grids of a cluster at least
const GRID_AGE = 60_000; // a grid is asked for anew after this, whatever was told

/** Runs `work` soon, once for all who asked meanwhile, never twice at a time.
 *  Who asks says how soon, in milliseconds. */
export function coalesced(work, every) {
  let [timer, last, running, again] = [0, 0, false, false];
  const run = async () => {
    [timer, running, last] = [0, true, Date.now()];
    try {
      await work();
    } finally {
      running = false;
      if (again) (again = false), ask();
    }
  };
  const ask = (soon = SOON) => {
    if (running) again = true;
    else timer ||= setTimeout(run, Math.max(soon, last + every - Date.now()));
  };
  return ask;
}

/** Keeps status, grids and rollouts current. `tell` gets changed(), failed(error). */
export class Refresh {
  #tell;
  #grids = new Map(); // cluster to whoever asks for its grid
  #read = new Map(); // cluster to when its grid was read

  constructor(tell) {
    this.#tell = tell;
    this.status = coalesced(() => this.#safely(() => this.#status()), STATUS_EVERY);
  }

  /** Everything anew, because rows were missed. */
  everything(soon) {
    for (const grid of state.grids.values()) grid.stale = true;
    this.status(soon);
  }

  async #safely(work) {
    try {
      await work();
    } catch (error) {
      this.#tell.failed(error);
    }
  }

  async #status() {
    state.status = await ask("/v1/status");
    state.seen = Date.now();
    this.#tell.changed();
    const led = state.status.clusters.filter((each) => each.state !== "standby");
    for (const each of led) this.#consider(each);
    await Promise.all(led.flatMap((each) => each.daemons.map((daemon) => this.#detail(each, daemon))));
    this.#tell.changed();
  }

  #consider(status) {
    const { alias } = status;
    const grid = state.grids.get(alias);
    const old = Date.now() - (this.#read.get(alias) ?? 0) > GRID_AGE && !document.hidden;
    if (grid && !grid.stale && !old && !grid.differs(status.instances)) return;
    if (!this.#grids.has(alias)) {
      this.#grids.set(alias, coalesced(() => this.#safely(() => this.#grid(alias)), GRID_EVERY));
    }
    this.#grids.get(alias)(0);
  }

  async #grid(alias) {
    state.grids.set(alias, new Grid(await ask(`${cluster(alias)}/grid`)));
    this.#read.set(alias, Date.now());
    this.#tell.changed();
  }

  async #detail(status, daemon) {
    const key = `${status.alias}/${daemon.name}`;
    if (!isUnderWay(daemon)) {
      state.details.delete(key);
      return;
    }
    state.details.set(key, await ask(`${cluster(status.alias)}/daemons/${encodeURIComponent(daemon.name)}`));
  }
}
