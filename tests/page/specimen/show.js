// One component in one state, with its name: what tests count is `data-shows`.
import { html } from "/lib/html.js";

/** @param {{of: string, as?: string, wide?: boolean, children?: any}} props */
export function Show({ of, as = "", wide = false, children }) {
  return html`<figure class="shown" data-shows=${of} data-wide=${wide ? "" : undefined}>
    <figcaption class="dim small">${of}${as && ` · ${as}`}</figcaption>
    <div class="shown-box">${children}</div>
  </figure>`;
}

/** @param {{title: string, children?: any}} props */
export function Group({ title, children }) {
  return html`<section class="part" aria-label=${title}><h2>${title}</h2><div class="shown-group">${children}</div></section>`;
}
