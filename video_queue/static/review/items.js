// The items of a review in a row, each a button: arrows walk, the marks say what is decided.
import { useLayoutEffect, useRef } from "preact/hooks";
import { html } from "../lib/html.js";
import { Icon } from "../ui/icons.js";
import { markOf, nameOf } from "./words.js";

/** Keep the keyboard at the item one is at, where it was at another, and the item in view. */
export function useFollowed(at) {
  const box = useRef(null);
  useLayoutEffect(() => {
    const item = box.current?.querySelector(`[data-item="${at}"]`);
    if (!item) return;
    const held = document.activeElement;
    if (held && box.current.contains(held) && !held.matches("textarea, [role=slider]")) item.focus({ preventScroll: true });
    item.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [at]);
  return box;
}

export function Mark({ mark }) {
  if (!mark) return html`<span class="review-mark dim">to decide</span>`;
  return html`<span class="review-mark" style=${{ color: `var(--${mark.tone})` }}><${Icon} name=${mark.icon} />${mark.word}</span>`;
}

/** `picture(entry)` gives the addresses of an item's small pictures, `words(entry)` what stands below them in place of its name. */
export function Items({ review, label, picture, words = (_) => undefined }) {
  const view = review.view.value;
  const at = review.at.value;
  const choices = review.draft.choices.value;
  const box = useFollowed(at);
  return html`<ol class="review-items plain" aria-label=${label} ref=${box}>
    ${view.entries.map((entry, index) => {
      const number = index + 1;
      const pictures = picture(entry);
      const mark = review.joined(number) ? { icon: "plus", word: `joins ${number - 1}`, tone: "running" } : markOf(view, choices[number]);
      return html`<li key=${number}>
        <button
          type="button" class="review-item" data-item=${number} data-do=${choices[number]?.do} aria-current=${number === at ? "true" : undefined}
          tabindex=${number === at ? 0 : -1} onClick=${() => (review.at.value = number)}
        >
          <span class="review-frames">${pictures ? pictures.map((url) => html`<img key=${url} src=${url} alt="" loading="lazy" />`) : html`<span class="dim"><${Icon} name="file" /></span>`}</span>
          <span class="review-name"><span class="num dim">${number}</span> <span class="clip">${words(entry) ?? nameOf(view, number)}</span></span>
          <${Mark} mark=${mark} />
        </button>
      </li>`;
    })}
  </ol>`;
}
