// What can be done, in words.

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
