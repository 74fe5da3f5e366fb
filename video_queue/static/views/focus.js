// Where the keyboard is: at the heading of a view that opens, back at the job whose drawer closes, across a row of the
// list. And what is said of what happens elsewhere: failures, and the end of the queue.
import { effect } from "@preact/signals";
import { openJob, route } from "../lib/router.js";
import { latestNotification } from "../state/store.js";
import { reveal } from "./queue.js";

const FRAMES = 180;
const PLACES = "a[href], button:not([disabled])";

/** The view, without what is open beside it. */
const viewOf = ({ view, rest }) => (["queue", "jobs", "view"].includes(view) ? "queue" : `${view} ${view === "new" ? (rest[0] ?? "") : ""}`);

/** Views are fetched when they open first: their heading is there some frames later. */
function focusHeading(view, frames = FRAMES) {
  if (viewOf(route.peek()) !== view) return;
  const heading = document.querySelector("main h1");
  const busy = document.activeElement?.closest("main :is(input, textarea, select), dialog");
  if (busy) return;
  if (!heading) {
    if (frames) requestAnimationFrame(() => focusHeading(view, frames - 1));
    return;
  }
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
}

/** Begin to follow the address and to say what is notified. */
export function followFocus() {
  let view = viewOf(route.peek());
  let job = openJob.peek();
  effect(() => {
    const now = viewOf(route.value);
    const open = openJob.value;
    if (now !== view) requestAnimationFrame(() => requestAnimationFrame(() => focusHeading(now)));
    else if (now === "queue" && job !== null && open === null && route.value.view === "queue") {
      const back = job;
      requestAnimationFrame(() => reveal(back));
    }
    [view, job] = [now, open];
  });
  const region = Object.assign(document.createElement("div"), { className: "hidden" });
  region.setAttribute("role", "status");
  document.body.append(region);
  effect(() => {
    const said = latestNotification.value?.data;
    if (said) region.textContent = `${said.title}. ${said.text ?? ""}`;
  });
}

/** Move to what stands right (1) or left (-1) of the focus in its row. */
export function acrossRow(by, from) {
  const row = from.closest(".windowed-row");
  const all = [...(row?.querySelectorAll(PLACES) ?? [])].filter((place) => place.getAttribute("aria-hidden") !== "true" && place.offsetParent);
  const to = all[all.indexOf(from.closest(PLACES)) + by];
  if (!to) return false;
  to.focus();
  return true;
}
