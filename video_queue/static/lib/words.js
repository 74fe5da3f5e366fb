// One table each for states and kinds of files: icon, word and tone of each. reasons.js and action_words.js have more.
// Tones are the names of the state colours in app.css.

export const STATES = {
  queued: { word: "Queued", icon: "clock", tone: "queued" },
  running: { word: "Running", icon: "play", tone: "running" },
  review: { word: "Review", icon: "eye", tone: "review" },
  succeeded: { word: "Done", icon: "check", tone: "succeeded" },
  partial: { word: "Partly done", icon: "half", tone: "partial" },
  failed: { word: "Failed", icon: "cross", tone: "failed" },
  cancelled: { word: "Cancelled", icon: "slash", tone: "cancelled" },
  held: { word: "On hold", icon: "pause", tone: "partial" },
  waiting: { word: "Waiting", icon: "hourglass", tone: "partial" },
  // of phases
  pending: { word: "To do", icon: "circle", tone: "queued" },
  harvesting: { word: "Fetching", icon: "play", tone: "running" },
  skipped: { word: "Skipped", icon: "skip", tone: "queued" },
  reused: { word: "Reused", icon: "check", tone: "succeeded" },
  // of checks
  ok: { word: "Fine", icon: "check", tone: "succeeded" },
  warn: { word: "To put right", icon: "alert", tone: "partial" },
  fail: { word: "Broken", icon: "cross", tone: "failed" },
};

/** The order of states in bars and filters. */
export const JOB_STATES = ["running", "review", "queued", "succeeded", "partial", "failed", "cancelled"];
export const BAR_STATES = ["succeeded", "running", "review", "failed", "cancelled", "queued"];
export const FINISHED = new Set(["succeeded", "partial", "failed", "cancelled"]);

export const KINDS = {
  video: { one: "clip", many: "clips", icon: "film" },
  image: { one: "picture", many: "pictures", icon: "image" },
  audio: { one: "sound", many: "sounds", icon: "sound" },
  media: { one: "file", many: "files", icon: "film" },
  sequence: { one: "folder of pictures", many: "folders of pictures", icon: "folder" },
  none: { one: "nothing", many: "nothing", icon: "spark" },
  folder: { one: "folder", many: "folders", icon: "folder" },
  text: { one: "text", many: "texts", icon: "list" },
  other: { one: "file", many: "files", icon: "file" },
};
