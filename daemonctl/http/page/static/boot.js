// Before anything is drawn: the theme that was chosen, and that there are scripts at all.
(() => {
  const root = document.documentElement;
  root.dataset.js = "";
  try {
    const theme = localStorage.getItem("daemonctl.theme");
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
    if (sessionStorage.getItem("daemonctl.token")) root.dataset.known = "";
  } catch {
    // Storage is off: the system's theme, and the token in memory only.
  }
})();
