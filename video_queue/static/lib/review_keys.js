// The keys of a review: they win over those of the page while one is open.
const GROUP = "In a review";

export const REVIEW_KEYS = [
  { keys: ["a"], group: GROUP, what: "approve; cut a silence", act: "approve" },
  { keys: ["r"], group: GROUP, what: "reject; keep a silence", act: "reject" },
  { keys: ["s"], group: GROUP, what: "split before the frame that is shown", act: "split" },
  { keys: ["m"], group: GROUP, what: "join with the next one", act: "merge" },
  { keys: ["ArrowLeft", "ArrowRight"], group: GROUP, what: "the one before, the next one", act: "move" },
  { keys: ["i", "o"], group: GROUP, what: "a silence begins, ends at the frame that is shown", act: "edge" },
  { keys: ["n"], group: GROUP, what: "a new silence there", act: "add" },
  { keys: ["p"], group: GROUP, what: "play it; of a cut, around it", act: "around" },
  { keys: ["+", "-"], group: GROUP, what: "a closer or a wider look at the sound", act: "zoom" },
  { keys: ["e"], group: GROUP, what: "approve all that are left", act: "rest" },
  { keys: ["u"], group: GROUP, what: "take back the last decision", act: "undo" },
  { keys: ["Enter"], group: GROUP, what: "correct a text; with Ctrl: send", act: "correct" },
];

/** What a review has from the viewer. */
export const SHARED = new Set(["toggle", "shuttle", "step", "full", "leave"]);
