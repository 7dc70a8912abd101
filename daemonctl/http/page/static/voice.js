// What a screen reader is told: at once what came of what somebody did, now and then what changed.
const EVERY = 10_000;
let [spokenAt, timer] = [0, 0];

/** Says something now. */
export function say(words) {
  spokenAt = Date.now();
  document.getElementById("say").textContent = words;
}

/** Says something soon; of several only the last, at most every ten seconds. */
export function mention(words) {
  clearTimeout(timer);
  timer = setTimeout(() => say(words), Math.max(1000, spokenAt + EVERY - Date.now()));
}
