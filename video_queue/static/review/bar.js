// Below a review: what can be decided, with its keys, how far it is, and that it is kept here until it is sent.
import { number as counted, plural } from "../lib/format.js";
import { html } from "../lib/html.js";
import { outbox } from "../state/review_outbox.js";
import { Icon } from "../ui/icons.js";
import { verbsOf } from "./words.js";

/** The buttons of S and M, where they are possible. */
export function Pieces({ acts }) {
  return html`${acts.split && html`<button type="button" onClick=${acts.split} title="Before the frame that is shown (S)">Split here</button>`}
    ${acts.merge && html`<button type="button" onClick=${acts.merge} title="Key M">Join with the next</button>`}`;
}

function sendWords(review, left) {
  const { of, cut } = review.view.value;
  if (review.oneByOne) return left ? `Approve ${left === review.count ? "all" : "the other"} ${counted(left)}` : "Send";
  const taken = review.numbers().filter((number) => (review.draft.choices.value[number]?.do ?? "approve") === "approve").length + review.draft.added.value.length;
  if (cut) return taken ? `Cut ${plural(taken, "silence")}` : "Cut nothing";
  return `Use ${plural(taken, of === "texts" ? "text" : "part")}`;
}

export function Bar({ review, children, approve, reject }) {
  const view = review.view.value;
  const { choices, history } = review.draft;
  const verbs = verbsOf(view);
  const left = review.numbers().filter((number) => !review.isDecided(number)).length;
  const at = choices.value[review.at.value]?.do;
  const pieces = Object.values(choices.value).some((choice) => choice.do === "split" || choice.do === "merge");
  const decide = (what, own) => () => (own ? own() : review.decide({ do: what }));
  const undo = review.undoLast;
  return html`<div class="review-bar">
    <div class="view-buttons">
      <button type="button" class=${left && review.oneByOne ? "primary" : ""} aria-pressed=${at === "approve" ? "true" : "false"} title="Key A" disabled=${review.busy.value} onClick=${decide("approve", approve)}><${Icon} name=${view.cut ? "slash" : "check"} />${verbs.approve}</button>
      <button type="button" aria-pressed=${at === "reject" ? "true" : "false"} title="Key R" disabled=${review.busy.value} onClick=${decide("reject", reject)}><${Icon} name=${view.cut ? "check" : "cross"} />${verbs.reject}</button>
      ${children}
      <button type="button" title="Key U" disabled=${!history.value.length && !outbox.value} onClick=${undo}><${Icon} name="retry" />Undo</button>
      <button type="button" class=${review.oneByOne && left ? "" : "primary"} title="Ctrl+Enter" disabled=${review.busy.value} onClick=${() => review.rest()}>${sendWords(review, left)}</button>
    </div>
    <p class="dim small">
      ${review.oneByOne && view.entries.length > 1 && html`<span class="num">${counted(view.entries.length - left)} of ${counted(view.entries.length)} decided</span> · `}
      ${review.draft.changed ? "Kept in this browser until it is sent" : "Nothing is changed yet"}
      ${pieces && view.between.length > 0 && ` · What is split or joined goes through ${view.between.join(", ")} again, then you are asked`}
      ${pieces && !view.between.length && " · What is split or joined is made when it is sent, then you are asked"}
    </p>
  </div>`;
}
