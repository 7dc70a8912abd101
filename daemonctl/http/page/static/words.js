// Numbers, ages and times as an operator reads them.

const numbers = new Intl.NumberFormat("en-US");
const clock = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit", minute: "2-digit", second: "2-digit",
});

export const count = (number) => numbers.format(number);

export const many = (number, one) => `${count(number)} ${one}${number === 1 ? "" : "s"}`;

/** A duration in at most two units, as kubectl writes it: 45s, 5m32s, 3h7m, 2d4h, 34d. */
export function span(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return `${whole}s`;
  const units = [[86400, "d", 3600, "h", 8], [3600, "h", 60, "m", 8], [60, "m", 1, "s", 10]];
  for (const [unit, name, lower, lowerName, alone] of units) {
    if (whole < unit) continue;
    const [big, rest] = [Math.floor(whole / unit), Math.floor((whole % unit) / lower)];
    return big >= alone || rest === 0 ? `${big}${name}` : `${big}${name}${rest}${lowerName}`;
  }
  return `${whole}s`;
}

/** How long ago a time of the server was, by the server's own clock. */
export const age = (time) => (time ? span((now() - Date.parse(time)) / 1000) : "-");

export const at = (time) => clock.format(new Date(time));

let skew = 0;

/** The server's clock, as far as its last answer tells. */
export const now = () => Date.now() + skew;

export function setClock(date) {
  const told = Date.parse(date ?? "");
  if (Number.isNaN(told)) return;
  const found = told + 500 - Date.now();
  skew = Math.abs(found) > 2000 ? found : 0; // its Date header has whole seconds
}

/** A link only where it leads to a web page: addresses come from other replicas. */
export const webAddress = (address) => (/^https?:\/\//.test(address ?? "") ? address : "");
