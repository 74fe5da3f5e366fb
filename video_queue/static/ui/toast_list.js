// The messages as they are drawn, fetched with the first of them.
import { sentence } from "../lib/text.js";
import { html } from "../lib/html.js";
import { Icon, IconButton } from "./icons.js";
import { toasts } from "./toasts.js";

export function ToastList() {
  return html`${toasts.value.map(
      (item) => html`<div
        key=${item.id} class="toast" onMouseEnter=${() => item.hold()} onMouseLeave=${() => item.wait()}
        onFocusIn=${() => item.hold()} onFocusOut=${() => item.wait()}
      >
        ${item.tone && html`<span class="state" data-tone=${item.tone}><${Icon} name="alert" /></span>`}
        <div class="toast-text">
          <span>${item.tone ? sentence(item.text) : item.text}</span>
          ${item.hint && html`<span class="dim">${item.hint}</span>`}
        </div>
        ${item.link && html`<a class="button quiet" href=${item.link.href} onClick=${item.link.onClick}>${item.link.text}</a>`}
        ${item.undo && html`<button type="button" class="quiet" onClick=${() => item.revert()}>Undo</button>`}
        <${IconButton} icon="cross" label="Close this message" onClick=${() => item.close()} />
      </div>`,
  )}`;
}
