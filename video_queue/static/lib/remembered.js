// What this browser remembers between visits (theme, hidden sections, last values of forms). Nothing that the
// queue needs: all of it may be missing or forbidden.

const PREFIX = "vq.";

export function recall(key, fallback) {
  try {
    const text = localStorage.getItem(PREFIX + key);
    return text === null ? fallback : JSON.parse(text);
  } catch {
    return fallback;
  }
}

export function remember(key, value) {
  try {
    if (value === undefined) localStorage.removeItem(PREFIX + key);
    else localStorage.setItem(PREFIX + key, JSON.stringify(value));
  } catch {
    // A full or forbidden storage costs only the memory.
  }
}
