// Reviews, one render after the other: the picture or the sound above, what is judged below, everything by key.
import { signal, useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { number } from "../lib/format.js";
import { html } from "../lib/html.js";
import { SHORTCUTS } from "../lib/keyboard.js";
import { reviewApi } from "../lib/review_api.js";
import { REVIEW_KEYS, SHARED } from "../lib/review_keys.js";
import { go, route } from "../lib/router.js";
import { besideHref, reviewHref } from "../lib/view_router.js";
import { VIEWER_KEYS } from "../lib/viewer_keys.js";
import { forgetDraft } from "../state/review_draft.js";
import { readJob } from "../state/events.js";
import { flush, outbox, sendSoon, takeBack } from "../state/review_outbox.js";
import { knownJob } from "../state/store.js";
import { lazyPart, sheet } from "../ui/lazy.js";
import { toast, toastError } from "../ui/toasts.js";
import { Frame } from "../viewer/frame.js";
import { useKeys } from "../viewer/keys.js";
import { actOfParts } from "./acts.js";
import { Review } from "./review.js";

await Promise.all([sheet("job"), sheet("viewer")]);
const files = lazyPart(() => import("./files.js").then((module) => module.Files));
const ErrorLine = lazyPart(() => import("../ui/error_line.js").then((module) => module.ErrorLine));
const Ended = lazyPart(() => import("./ended.js").then((module) => module.Ended));
const PARTS = {
  files,
  values: files,
  scenes: lazyPart(() => import("./filmstrip.js").then((module) => module.Filmstrip)),
  spans: lazyPart(() => import("./waveform.js").then((module) => module.Waveform), "waveform"),
  texts: lazyPart(() => import("./lines.js").then((module) => module.Lines)),
};
/** What the page does to the queue and its jobs by key is not in sight here, and does nothing. */
const UNSEEN = new Set(SHORTCUTS.filter(({ group }) => /^(The|In)/.test(group)).flatMap(({ keys }) => keys.filter((key) => key.length === 1 || key === "Delete")));
/** The keys of a review come first, so that A approves. */
const TABLE = [...REVIEW_KEYS, ...VIEWER_KEYS.filter(({ act }) => SHARED.has(act))];
const ACTS = TABLE.map(({ act }) => act).filter(Boolean);

/** Whether it fills the window; stays while the page does. */
const full = signal(true);
const toggleFull = () => {
  full.value = !full.peek();
};
/** What was decided last, for those who hear it and those who read it. */
const said = signal("");

/** Send the decisions of a review in a moment. */
function send(review) {
  const { job_id: job, index } = review.view.peek();
  const body = review.action;
  const pieces = body.decisions?.some((decision) => decision.do === "split" || decision.do === "merge");
  sendSoon({
    id: review.id,
    review,
    pieces,
    words: `Render ${index} of job ${job} is decided`,
    send: async (more) => {
      try {
        await reviewApi.act(review.id, body, more);
        forgetDraft(review.id);
        await readJob(job);
      } catch (error) {
        toastError(error);
      }
    },
  });
}

/** Where the artist was before, with what is not sent kept. */
function leave(review) {
  void flush();
  if (review?.draft.changed && outbox.peek()?.id !== review.id && review.open) {
    toast({ text: `Your decisions on render ${review.view.peek().index} are kept in this browser, not sent`, link: { href: reviewHref(review.id), text: "Go on" } });
  }
  go(review ? besideHref(review.view.peek().job_id) : "#/queue");
}

function useReviews() {
  const id = Number(route.value.rest[0]) || 0;
  /** @type {Signal<{review: any, failure: any, ended: any}>} */
  const state = useSignal({ review: null, failure: null, ended: null });
  const asked = useRef(0);
  const done = async (review) => {
    review.busy.value = true;
    review.open = false;
    try {
      await flush();
      send(review);
      const { next } = await reviewApi.view(review.id);
      if (next) go(reviewHref(next), { replace: true });
      else state.value = { review: null, failure: null, ended: review };
    } catch (error) {
      toastError(error);
      review.busy.value = false;
    }
  };
  const open = async (draft) => {
    const turn = (asked.current += 1);
    try {
      const view = await reviewApi.view(id);
      if (turn !== asked.current) return;
      const review = new Review(view, { draft, done, say: (words) => (said.value = words) });
      review.open = true;
      // What was said of the render before it is said until this one is decided; of another visit nothing is.
      if (!outbox.peek() && !draft) said.value = "";
      review.undoLast = () => undo();
      state.value = { review, failure: null, ended: null };
    } catch (failure) {
      if (turn === asked.current) state.value = { review: null, failure, ended: null };
    }
  };
  // What was decided last may be in the review before this one.
  const undo = async () => {
    const { review } = state.peek();
    if (review && (await review.undo())) return;
    const entry = takeBack();
    if (!entry) return;
    const { draft } = entry.review;
    const step = await draft.undo();
    said.value = `Taken back: ${step?.words ?? entry.words}`;
    back.current = { id: entry.id, draft, number: step?.number };
    if (entry.id === id) await reopen();
    else go(reviewHref(entry.id), { replace: true });
  };
  const back = useRef(null);
  const reopen = async () => {
    const kept = back.current?.id === id ? back.current : null;
    back.current = null;
    await open(kept?.draft);
    if (kept?.number && state.peek().review) state.peek().review.at.value = kept.number;
  };
  useEffect(() => void reopen(), [id]);
  useEffect(
    () => () => {
      said.value = "";
      void flush();
    },
    [],
  );
  return { id, ...state.value, undo, reopen };
}

export function ReviewDock() {
  const { id, review, failure, ended, undo, reopen } = useReviews();
  const heading = useRef(null);
  const shown = review?.id === id ? review : null;
  const place = { full: full.value, below: false, stale: !review && !failure && !ended, leave: () => leave(review ?? ended), toggleFull };
  useEffect(() => heading.current?.focus({ preventScroll: true }), [shown]);
  useReviewKeys(shown, place, undo);
  const view = (shown ?? review)?.view.value;
  const title = html`<h1 ref=${heading} tabindex="-1" class="clip">${titleOf(view, failure, ended)}</h1>`;
  const others = view ? view.waiting - 1 - (outbox.value && outbox.value.id !== id ? 1 : 0) : 0;
  const tools = others > 0 && html`<span class="dim num small">${number(others)} more ${others === 1 ? "waits" : "wait"}</span>`;
  const Part = view && PARTS[view.of];
  return html`<${Frame} place=${place} label="Review" title=${title} tools=${tools}>
    <p class="review-said" role="status">${said.value}</p>
    ${failure && html`<${ErrorLine} error=${failure} />`}
    ${view?.problem && html`<p class="warning">${view.problem}</p>`}
    ${Part && html`<div class="review-main" data-of=${view.of} inert=${shown ? undefined : true}><${Part} key=${(shown ?? review).id} review=${shown ?? review} /></div>`}
    ${ended && html`<${Ended} review=${ended} undo=${undo} reopen=${reopen} leave=${place.leave} />`}
  <//>`;
}

/** @param {Api.ReviewView} view */
function titleOf(view, failure, ended) {
  if (failure) return "Nothing to decide there";
  if (ended) return "All is decided";
  if (!view) return "Review";
  const name = knownJob(view.job_id)?.row.value.name;
  return `Review: render ${view.index} of ${name ? `${name} (job ${view.job_id})` : `job ${view.job_id}`}`;
}

function useReviewKeys(review, place, undo) {
  const always = {
    undo: () => void undo(),
    full: place.toggleFull,
    // A text that is corrected has its own Escape.
    leave: () => (document.activeElement?.matches(".review-field") ? false : place.leave()),
  };
  const decided = review && {
    approve: () => review.decide({ do: "approve" }),
    reject: () => review.decide({ do: "reject" }),
    move: (key) => review.move(key === "ArrowLeft" ? -1 : 1),
    rest: () => review.rest(),
  };
  const act = (name) => (key) => (always[name] ?? (review && actOfParts(review, name)) ?? decided?.[name])?.(key);
  useKeys(Object.fromEntries(ACTS.map((name) => [name, act(name)])), TABLE);
  useLayoutEffect(() => {
    const down = (event) => {
      if (UNSEEN.has(event.key) && !event.target.closest("input, textarea, select, dialog")) event.stopPropagation();
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || !review || document.querySelector("dialog[open]")) return;
      event.preventDefault();
      review.rest();
    };
    addEventListener("keydown", down, true);
    return () => removeEventListener("keydown", down, true);
  }, [review]);
}
