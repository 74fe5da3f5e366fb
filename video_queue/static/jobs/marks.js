// Why a render stands where it does, in two words: in the corner of its picture and in its job's line.
import { number } from "../lib/format.js";
import { html } from "../lib/html.js";
import { Icon } from "../ui/icons.js";
import { StateMark } from "../ui/state_mark.js";

const MARKS = {
  out_of_memory: "out of memory", input_missing: "file is gone", input_unreadable: "cannot be read", disk_full: "disk full",
  media_failed: "ffmpeg failed", comfy_execution: "a node failed", comfy_rejected: "refused", comfy_lost: "ComfyUI lost it",
  comfy_unreachable: "ComfyUI away", comfy_zombie: "ComfyUI hangs", comfy_busy: "ComfyUI busy", timeout: "took too long", stalled: "stalled",
  no_output: "made nothing", bad_output: "broken output", output_unavailable: "folder away", poison: "crashed", node_lost: "machine lost",
  user: "on hold", pilot: "held", breaker: "stopped", dependency: "on hold", after: "after a job", retry: "again soon", turn: "waits its turn",
};

export const markText = (mark) => MARKS[mark] ?? String(mark).replaceAll("_", " ");

/** @param {{cell: Api.Cell}} props */
export function Marks({ cell }) {
  const reason = cell.state === "review" ? "your eye" : cell.mark && markText(cell.mark);
  return html`${reason && html`<span class="cell-mark" data-tone=${cell.state === "failed" ? "failed" : cell.state === "review" ? "review" : "partial"}>
      <${Icon} name=${cell.state === "failed" ? "cross" : cell.state === "review" ? "eye" : "hourglass"} size=${11} />${reason}</span>`}
    ${Boolean(cell.rating) && html`<span class="cell-stars">★ ${cell.rating}</span>`}`;
}

/** What a job's line says of its failures, or of what it waits for. @param {{job: Page.Live}} props */
export function Cause({ job }) {
  const { failed } = job.counts.value;
  const cells = job.cells.value;
  if (!failed) return html`<${StateMark} state="waiting" word=${markText(cells[0].mark)} />`;
  const cause = cells.find((cell) => cell?.state === "failed")?.mark;
  const many = job.total.value > 1 ? `${number(failed)} failed` : "Failed";
  return html`<${StateMark} state="failed" word=${cause ? `${many} · ${markText(cause)}` : many} />`;
}
