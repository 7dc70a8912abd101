// What is known, and who wants to hear of a change.

export const state = {
  status: null, // GET /v1/status
  seen: 0, // when that came
  grids: new Map(), // cluster to Grid
  details: new Map(), // "cluster/daemon" to its document, while it is on its way
  events: [], // newest first
  answers: new Map(), // "cluster/daemon" to what a command came to
  link: { state: "opening", words: "", until: 0, since: 0 },
};

const KEPT = 400; // rows of the journal
const RANK = { UNSAFE: 0, MOVING: 1, SAFE: 2, AWAY: 3 };

/** Every instance of one cluster, kept current by the journal. */
export class Grid {
  constructor(document) {
    this.daemons = document.daemons;
    this.standings = document.standings;
    this.counted = document.daemons.map((name) => document.counted.includes(name));
    this.rows = document.instances;
    this.byId = new Map(document.instances.map((row) => [row.id, row]));
    this.stale = false; // something happened that only a new document tells
  }

  /** How an instance stands: the worst of the daemons that count. */
  standing(row) {
    let worst = "AWAY";
    row.codes.forEach((code, place) => {
      if (!code || !this.counted[place]) return;
      const one = this.standings[code] ?? "UNSAFE";
      if (RANK[one] < RANK[worst]) worst = one;
    });
    return worst;
  }

  /** Whether a daemon fails that discovery does not need. */
  aside(row) {
    return row.codes.some((code, at) => code && !this.counted[at] && this.standings[code] === "UNSAFE");
  }

  /** A row of the journal; the instance that it changed, or null. */
  apply(event) {
    const place = this.daemons.indexOf(event.daemon);
    const row = this.byId.get(event.instance);
    const gone = event.code === "GONE";
    if (!row || place < 0) {
      this.stale ||= !gone;
      return null;
    }
    row.codes[place] = gone ? "" : event.code;
    this.stale ||= gone;
    return row;
  }

  /** How many of these rows stand how. */
  counts(rows) {
    const found = { SAFE: 0, MOVING: 0, UNSAFE: 0, AWAY: 0 };
    for (const row of rows) found[this.standing(row)] += 1;
    return found;
  }

  /** Whether ECS says something else of the instances than this does. */
  differs(counts) {
    let [active, draining] = [0, 0];
    for (const row of this.rows) {
      active += row.status === "ACTIVE" && row.agentConnected;
      draining += row.status === "DRAINING";
    }
    const gates = this.rows.reduce((sum, row) => sum + (row.gate === "closed"), 0);
    return (
      counts.total !== this.rows.length || counts.active !== active ||
      counts.draining !== draining || (counts.gateClosed ?? gates) !== gates
    );
  }
}

/** Keeps rows of the journal, newest first. */
export function remember(rows) {
  state.events = [...rows, ...state.events].slice(0, KEPT);
}
