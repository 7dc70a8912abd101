// The journal live: server-sent events read with fetch, because EventSource sends no token.
import { headers, problem } from "./api.js";

const SILENCE = 40_000; // the server says something every 15 s
const WAITS = [500, 1000, 2000, 4000, 8000, 15_000];

/** Follows the journal after a number, for ever. `tell` gets
 *  open(), row(row), gap(), lost(words, until), refused(problem). */
export class Stream {
  #after;
  #tell;
  #tries = 0;
  #wake = null;
  #cut = null;
  #ended = false;

  constructor(after, tell) {
    this.#after = after;
    this.#tell = tell;
  }

  /** Comes back when it is closed or when the server lets it in no more. */
  async run() {
    while (!this.#ended) {
      let words = "the server closed the connection";
      try {
        await this.#once();
      } catch (error) {
        if (error.status === 401) {
          this.#tell.refused(error);
          return;
        }
        words = error.status ? error.message : "the server cannot be reached";
      }
      if (this.#ended) return;
      const wait = WAITS[Math.min(this.#tries, WAITS.length - 1)] * (0.8 + Math.random() * 0.4);
      this.#tries += 1;
      this.#tell.lost(words, Date.now() + wait);
      await this.#pause(wait);
    }
  }

  /** Tries again now, where it waits. */
  retry() {
    this.#wake?.();
  }

  close() {
    this.#ended = true;
    this.#cut?.abort();
    this.#wake?.();
  }

  #pause(wait) {
    return new Promise((done) => {
      const timer = setTimeout(done, wait);
      this.#wake = () => (clearTimeout(timer), done());
    });
  }

  async #once() {
    const cut = (this.#cut = new AbortController());
    let timer = setTimeout(() => cut.abort(), SILENCE);
    try {
      const asked = { Accept: "text/event-stream", "Last-Event-ID": String(this.#after) };
      const answer = await fetch("/v1/events", {
        headers: headers(asked), cache: "no-store", signal: cut.signal,
      });
      if (!answer.ok) throw await problem(answer);
      this.#tries = 0;
      this.#tell.open();
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      const parser = new Parser((event) => this.#take(event));
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        clearTimeout(timer);
        timer = setTimeout(() => cut.abort(), SILENCE);
        parser.push(value);
      }
    } finally {
      clearTimeout(timer);
    }
  }

  #take({ id, event, data }) {
    if (event === "lost") this.#tell.gap();
    else if (data) this.#tell.row(JSON.parse(data));
    if (id) this.#after = id;
  }
}

/** Lines into events (WHATWG HTML, "Server-sent events"). */
export class Parser {
  #rest = "";
  #held = {};
  #emit;

  constructor(emit) {
    this.#emit = emit;
  }

  push(text) {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop();
    for (const line of lines) this.#line(line.replace(/\r$/, ""));
  }

  #line(line) {
    if (line === "") {
      if (this.#held.data !== undefined || this.#held.id) this.#emit(this.#held);
      this.#held = {};
      return;
    }
    const [, name, value] = /^([^:]*):? ?(.*)$/.exec(line);
    if (name === "data" && this.#held.data !== undefined) this.#held.data += `\n${value}`;
    else if (name) this.#held[name] = value;
  }
}
