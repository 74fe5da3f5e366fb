// The keys of the viewer and of compare: they win over those of the page while one of the two is open.
export const VIEWER_KEYS = [
  { keys: [" "], group: "In the viewer", what: "play or stop", act: "toggle" },
  { keys: ["j", "k", "l"], group: "In the viewer", what: "back, stop, forward; again: faster", act: "shuttle" },
  { keys: [",", "."], group: "In the viewer", what: "a frame back, a frame on", act: "step" },
  { keys: ["ArrowLeft", "ArrowRight"], group: "In the viewer", what: "the output before, the next one", act: "neighbour" },
  { keys: ["b"], group: "In the viewer", what: "held: the input at this frame; short: mark B", act: "before" },
  { keys: ["a"], group: "In the viewer", what: "mark A, to compare with B", act: "markA" },
  { keys: ["0", "1", "2", "3", "4", "5"], group: "In the viewer", what: "stars", act: "stars" },
  { keys: ["x"], group: "In the viewer", what: "reject, or take that back", act: "reject" },
  { keys: ["f"], group: "In the viewer", what: "as large as the window", act: "full" },
  { keys: ["Escape"], group: "In the viewer", what: "leave", act: "leave" },
  { keys: ["w", "s", "v", "d"], group: "Comparing", what: "wipe, side by side, flip, difference", act: "mode" },
];

/** The name of a key as the table of keys shows it. */
export const KEY_NAMES = { " ": "Space", ArrowLeft: "←", ArrowRight: "→" };
