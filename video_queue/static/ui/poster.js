// The picture of an artifact or an input, or an icon where there is none. Decorative: a name is always beside it.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { urls } from "../lib/api.js";
import { html } from "../lib/html.js";
import { Icon } from "./icons.js";

export function Poster({ poster, icon = "film", wait = true }) {
  const missing = useSignal(false);
  useEffect(() => {
    missing.value = false;
  }, [poster]);
  if (poster === null || poster === undefined || missing.value) return html`<${Icon} name=${icon} />`;
  return html`<img src=${urls.poster(poster)} alt="" loading=${wait ? "lazy" : "eager"} decoding="async" draggable="false" onError=${() => (missing.value = true)} />`;
}
