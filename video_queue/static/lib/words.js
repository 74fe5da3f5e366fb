// One table each for states, reasons and actions: icon, word and tone of each.
// Tones are the names of the state colours in styles/tokens.css.

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
  harvesting: { word: "Fetching results", icon: "play", tone: "running" },
  skipped: { word: "Skipped", icon: "skip", tone: "queued" },
  reused: { word: "Reused", icon: "check", tone: "succeeded" },
  // of checks
  ok: { word: "Fine", icon: "check", tone: "succeeded" },
  warn: { word: "Look here", icon: "alert", tone: "partial" },
  fail: { word: "Broken", icon: "cross", tone: "failed" },
};

/** The order of states in bars and filters. */
export const JOB_STATES = ["running", "review", "queued", "succeeded", "partial", "failed", "cancelled"];
export const BAR_STATES = ["succeeded", "running", "review", "failed", "cancelled", "queued"];
export const FINISHED = new Set(["succeeded", "partial", "failed", "cancelled"]);

export const HELD = {
  user: "On hold until you release it",
  pilot: "Waits until you release the rest of the job",
  breaker: "Stopped after several failures in a row; release it to go on",
  dependency: "A job it waits for did not finish; release it to go on anyway",
};

/** Why a lane or a render waits: what is wrong, and the way out. */
export const WAITING = {
  comfy_unreachable: {
    tone: "partial",
    text: "ComfyUI does not answer.",
    way: "Start ComfyUI and its renders go on by themselves. Media steps go on without it.",
  },
  comfy_zombie: {
    tone: "failed",
    text: "ComfyUI answers but has stopped working.",
    way: "Restart ComfyUI. Nothing is lost: the render starts again at its last finished step.",
  },
  comfy_busy: {
    tone: "partial",
    text: "ComfyUI is busy with other work, or ends a render that was stopped.",
    way: "Renders go on when it is free.",
  },
  disk_full: {
    tone: "failed",
    text: "The disk is almost full.",
    way: "Free some space and work goes on by itself.",
  },
  output_unavailable: {
    tone: "partial",
    text: "An output folder is away.",
    way: "Connect its drive. Only the jobs that write there wait.",
  },
  after: { tone: "partial", text: "Waits for another job.", way: "" },
  retry: { tone: "partial", text: "Tries again in a moment.", way: "" },
};

export const waitingText = (reason) => WAITING[reason]?.text ?? `Waits (${reason}).`;

/** Names on buttons, and icons. */
export const ACTIONS = {
  cancel: { label: "Cancel", icon: "cross" },
  retry: { label: "Retry", icon: "retry" },
  rerun: { label: "Run again", icon: "repeat" },
  hold: { label: "Hold", icon: "pause" },
  release: { label: "Release", icon: "play" },
  move: { label: "Move to top", icon: "top" },
  delete: { label: "Remove from list", icon: "bin" },
  archive: { label: "Archive", icon: "box" },
  unarchive: { label: "Bring back", icon: "up" },
  skip: { label: "Skip", icon: "skip" },
  approve: { label: "Approve", icon: "check" },
  reject: { label: "Reject", icon: "cross" },
  review: { label: "Review items", icon: "eye" },
};

export const actionLabel = (name) => ACTIONS[name]?.label ?? name;

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
