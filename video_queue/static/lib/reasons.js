// Why something is held or waits, and the way out.

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
