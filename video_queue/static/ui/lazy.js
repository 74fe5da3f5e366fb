// Views that the first screen does not need are fetched when they are opened. While the server is away
// a button tries again; parts come by themselves.
import { signal } from "@preact/signals";
import { html } from "../lib/html.js";

/** A style sheet, once for the page; ready when it counts. */
export function sheet(name) {
  const href = `/styles/${name}.css`;
  if (document.querySelector(`link[href="${href}"]`)) return null;
  const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href });
  return new Promise((ready, failed) => {
    link.onload = ready;
    link.onerror = () => {
      link.remove();
      failed(new Error(href));
    };
    document.head.append(link);
  });
}

/** A view that is fetched by `load` when it is first drawn, with the style sheets it needs. */
export const lazy = (load, ...sheets) => fetched(load, ["later", ...sheets], html`<p class="dim" aria-busy="true"></p>`);

/** A part of a view, fetched in the same way: until it is there, nothing stands in its place. */
export const lazyPart = (load, ...sheets) => fetched(load, sheets, null);

function fetched(load, sheets, meanwhile) {
  const view = signal(null);
  const failed = signal(false);
  let loading = null;
  const fetchView = () => {
    loading ??= Promise.all([load(), ...sheets.map(sheet)]).then(
      ([component]) => {
        failed.value = false;
        view.value = component;
      },
      () => {
        loading = null;
        if (meanwhile) failed.value = true;
        else setTimeout(fetchView, 2000);
      },
    );
  };
  return function Lazy(props) {
    if (view.value) return html`<${view.value} ...${props} />`;
    if (failed.value) return html`<p class="page" role="alert">The server does not answer. <button type="button" onClick=${fetchView}>Try again</button></p>`;
    fetchView();
    return meanwhile;
  };
}
