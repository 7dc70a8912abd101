// Asking the server, with the token where there is one. The token is in no URL, ever.
import { setClock } from "./words.js";

const KEY = "daemonctl.token";
let token = read();

function read() {
  try {
    return sessionStorage.getItem(KEY) ?? "";
  } catch {
    return "";
  }
}

export const hasToken = () => token !== "";

/** Keeps the token in this tab; "" forgets it. */
export function setToken(value) {
  token = value;
  try {
    if (value) sessionStorage.setItem(KEY, value);
    else sessionStorage.removeItem(KEY);
  } catch {
    // Storage is off: it lives as long as the page.
  }
}

/** An answer that is an error, in the server's own words. */
export class Problem extends Error {
  constructor(status, words) {
    super(words);
    this.status = status;
  }
}

export function headers(more = {}) {
  return token ? { ...more, Authorization: `Bearer ${token}` } : more;
}

/** A document. Throws Problem where the server says no, TypeError where it is not there. */
export async function ask(path, { method = "GET", body } = {}) {
  const sent = { Accept: "application/json" };
  if (body !== undefined) sent["Content-Type"] = "application/json";
  const answer = await fetch(path, {
    method,
    headers: headers(sent),
    body: body === undefined ? undefined : JSON.stringify(body),
    cache: "no-cache",
    signal: AbortSignal.timeout(15_000),
  });
  setClock(answer.headers.get("Date"));
  if (!answer.ok) throw await problem(answer);
  return answer.json();
}

export async function problem(answer) {
  const said = await answer.json().catch(() => ({}));
  return new Problem(answer.status, said.detail ?? `the server answered ${answer.status}`);
}

export const cluster = (alias) => `/v1/clusters/${encodeURIComponent(alias)}`;
