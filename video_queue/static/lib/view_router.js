// Addresses of the viewer: #/view/12 is an output, #/view/12,13 compares two, 12in is what 12 was made from. Beside a
// grid of renders the same names stand behind it: #/matrix/5/12,13.
import { computed, effect } from "@preact/signals";
import { go, route } from "./router.js";

const NAME = /^[1-9][0-9]{0,15}(in)?$/;
const MOST = 4;

/** The job beside which the viewer was opened, if one was, or "night". */
let openedAt = "";

effect(() => {
  const { view, rest } = route.value;
  if (view !== "view" && view !== "review") openedAt = view === "jobs" ? rest[0] : view === "night" ? view : "";
});

const inGrid = () => route.peek().view === "matrix";

/** What is looked at now: up to four names, as one text. */
export const viewed = computed(() => {
  const { view, rest } = route.value;
  const text = view === "view" ? rest[0] : view === "matrix" ? rest[1] : "";
  const names = (text ?? "").split(",").filter((name) => NAME.test(name));
  return [...new Set(names)].slice(0, MOST).join(",");
});

const query = () => {
  const words = route.peek().query.toString();
  return words ? `?${words}` : "";
};

/** Where `names` (artifacts) are looked at, beside what is on the page now. */
export const viewHref = (...names) => (inGrid() ? `#/matrix/${route.peek().rest[0]}/${names.join(",")}` : `#/view/${names.join(",")}`) + query();

export const matrixHref = (jobId) => `#/matrix/${jobId}${query()}`;

/** Where a render that waits for a review is judged. */
export const reviewHref = (promptId) => `#/review/${promptId}${query()}`;

/** Look at an artifact; `replace` where it takes the place of another one that is looked at. */
export const openViewer = (artifactId, { replace = false } = {}) => go(viewHref(artifactId), { replace });

/** Where one is after the viewer is closed: where one was, the grid, the job of what was looked at, or the queue. */
export function besideHref(jobId) {
  if (inGrid()) return matrixHref(route.peek().rest[0]);
  if (openedAt === "night") return "#/night";
  return (openedAt === String(jobId) ? `#/jobs/${jobId}` : "#/queue") + query();
}
