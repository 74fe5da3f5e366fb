// What the artist thinks of a render: stars, rejected, tags. Kept on the server with its files.
import { useSignal } from "@preact/signals";
import { html } from "../lib/html.js";
import { viewApi } from "../lib/view_api.js";
import { Icon } from "../ui/icons.js";
import { toastError } from "../ui/toasts.js";
import { Glyph } from "./glyphs.js";

const REJECTED = "rejected";
const STARS = [1, 2, 3, 4, 5];

/** @param {Signal<Api.Prompt>} prompt */
async function change(prompt, changes) {
  const before = prompt.peek();
  prompt.value = { ...before, ...changes };
  try {
    await viewApi.note(before.id, changes);
  } catch (error) {
    prompt.value = before;
    toastError(error);
  }
}

/**
 * The same number of stars again takes them back.
 * @param {Signal<Api.Prompt>} prompt
 * @param {number} stars
 */
export const rate = (prompt, stars) => change(prompt, { rating: prompt.peek().rating === stars ? 0 : stars });

/** @param {Api.Prompt} prompt */
export const isRejected = (prompt) => prompt.tags.includes(REJECTED);

/** Rejected where it was not, and the other way round. @param {Api.Prompt} prompt */
export const turned = ({ tags }) => ({ tags: tags.includes(REJECTED) ? tags.filter((tag) => tag !== REJECTED) : [...tags, REJECTED] });

/** @param {Api.Prompt} prompt */
export const rejecting = ({ tags }) => ({ tags: [...new Set([...tags, REJECTED])] });

/** @param {Signal<Api.Prompt>} prompt */
export const reject = (prompt) => change(prompt, turned(prompt.peek()));

/** @param {{prompt: Signal<Api.Prompt>}} props */
export function Notes({ prompt }) {
  const { tags } = prompt.value;
  const rating = prompt.value.rating ?? 0;
  const rejected = tags.includes(REJECTED);
  return html`<div class="view-notes">
    <span class="stars" role="group" aria-label="Stars">
      ${STARS.map(
        (stars) => html`<button
          key=${stars} type="button" class="icon-button" data-given=${stars <= rating ? "" : undefined} title=${`${stars} (key ${stars})`}
          aria-label=${stars === 1 ? "1 star" : `${stars} stars`} aria-pressed=${rating === stars ? "true" : "false"} onClick=${() => rate(prompt, stars)}
        ><${Glyph} name="star" filled=${stars <= rating} /></button>`,
      )}
    </span>
    <button type="button" class="quiet reject" aria-pressed=${rejected ? "true" : "false"} title="Key X" onClick=${() => reject(prompt)}>
      <${Icon} name="slash" />${rejected ? "Rejected" : "Reject"}</button>
    <${Tags} prompt=${prompt} />
  </div>`;
}

/** @param {{prompt: Signal<Api.Prompt>}} props */
function Tags({ prompt }) {
  const typed = useSignal("");
  const tags = prompt.value.tags.filter((tag) => tag !== REJECTED);
  const add = (event) => {
    event.preventDefault();
    const tag = typed.value.trim();
    typed.value = "";
    if (tag && !prompt.peek().tags.includes(tag)) change(prompt, { tags: [...prompt.peek().tags, tag] });
  };
  const remove = (tag) => change(prompt, { tags: prompt.peek().tags.filter((other) => other !== tag) });
  return html`<form class="view-tags" onSubmit=${add}>
    ${tags.map((tag) => html`<button key=${tag} type="button" class="tag" title=${`Take the tag ${tag} away`} onClick=${() => remove(tag)}>${tag}<${Icon} name="cross" size=${12} /></button>`)}
    <input type="text" aria-label="A tag" placeholder="Add a tag" maxlength="100" autocomplete="off" value=${typed.value} onInput=${(event) => (typed.value = event.target.value)} />
  </form>`;
}
