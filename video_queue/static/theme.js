// Runs before the first paint, so that the page never flashes in the wrong theme. The choice is kept by this browser;
// without one the system's preference counts. ui/theme_toggle.js changes it.
(() => {
  try {
    const chosen = JSON.parse(localStorage.getItem("vq.theme") ?? "null");
    if (chosen === "dark" || chosen === "light") document.documentElement.dataset.theme = chosen;
  } catch {
    // Storage may be forbidden; the system's preference is used then.
  }
})();
