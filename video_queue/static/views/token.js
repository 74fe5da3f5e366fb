// What a browser sees that the server does not know: one field for the token.
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { html } from "../lib/html.js";
import { ErrorLine } from "../ui/error_line.js";

/** The server answers the right token with a cookie that no script can read. */
async function bring(token) {
  const answer = await fetch(`/?${new URLSearchParams({ token })}`).catch(() => null);
  if (answer?.ok) return null;
  const body = await answer?.json().catch(() => null);
  if (answer?.status === 429) return body.error;
  return answer ? { message: "This is not the token", hint: "Copy all of server.token." } : { message: "The server does not answer", hint: "" };
}

export function TokenView() {
  const field = useRef(null);
  const failure = useSignal(null);
  const busy = useSignal(false);
  useEffect(() => field.current.focus(), []);
  const submit = async (event) => {
    event.preventDefault();
    busy.value = true;
    failure.value = await bring(field.current.value.trim());
    busy.value = false;
    if (failure.value) field.current.select();
    else location.reload();
  };
  return html`<div class="page">
    <h1>This server needs its token</h1>
    <form class="token-form" onSubmit=${submit}>
      <label for="token">Token</label>
      <input id="token" type="password" autocomplete="current-password" required ref=${field} aria-describedby="token-where" />
      <button type="submit" class="primary" disabled=${busy.value}>Open</button>
    </form>
    ${failure.value && html`<${ErrorLine} error=${failure.value} />`}
    <p id="token-where" class="dim">
      It is server.token in vq.toml of the server's home. A phone gets in by the QR code of <code>vq pair</code>.
    </p>
  </div>`;
}
