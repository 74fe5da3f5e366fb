// What Pause and Cancel in the now bar offer, fetched when they are opened.
import { knownJob } from "../state/store.js";
import { actOnQueue, doToJob, doToPrompt } from "./actions.js";

export const resume = () => actOnQueue("resume");

export const pauses = () => [
  {
    label: "After the current step",
    icon: "pause",
    hint: "Nothing is lost",
    act: () => actOnQueue("pause", "after_current"),
  },
  {
    label: "After it, and free the GPU",
    icon: "spark",
    hint: "ComfyUI unloads its models",
    act: () => actOnQueue("pause", "after_current", true),
  },
  {
    label: "Now",
    icon: "alert",
    hint: "What runs begins its step again later",
    act: () => actOnQueue("pause", "now"),
  },
];

/** @param {Api.Prompt} prompt */
export function cancels(prompt) {
  const job = knownJob(prompt.job_id);
  return [
    { label: "This render", icon: "cross", act: () => doToPrompt(prompt, "cancel") },
    ...(job ? [{ label: "The whole job", icon: "cross", act: () => doToJob(job, "cancel") }] : []),
  ];
}
