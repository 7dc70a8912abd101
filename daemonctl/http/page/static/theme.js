// The system's theme, light or dark: chosen here, kept by the browser.
const KEY = "daemonctl.theme";
const NEXT = { "": "light", light: "dark", dark: "" };
const WORDS = { "": "System", light: "Light", dark: "Dark" };

export function themeSwitch(button) {
  const root = document.documentElement;
  const tell = () => {
    const theme = root.dataset.theme ?? "";
    button.textContent = `Theme: ${WORDS[theme]}`;
  };
  button.addEventListener("click", () => {
    const theme = NEXT[root.dataset.theme ?? ""];
    if (theme) root.dataset.theme = theme;
    else delete root.dataset.theme;
    try {
      localStorage.setItem(KEY, theme);
    } catch {
      // Storage is off: it lasts as long as the page.
    }
    tell();
  });
  button.hidden = false;
  tell();
}
