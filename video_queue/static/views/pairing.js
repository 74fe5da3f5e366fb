// The QR code that lets a phone in, where other machines can reach the server.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { get } from "../lib/api.js";
import { html } from "../lib/html.js";

export function Pairing() {
  const pairing = useSignal(null);
  const shown = useSignal(false);
  useEffect(() => {
    get("/system/pairing").then((answer) => (pairing.value = answer), () => null);
  }, []);
  if (!pairing.value) return null;
  const { url, qr } = pairing.value;
  return html`<section class="part" aria-label="Phone">
    <h2>Phone</h2>
    <p>On the same network this page is at <span class="mono">${url}</span></p>
    <button type="button" aria-expanded=${shown.value} onClick=${() => (shown.value = !shown.value)}>
      ${shown.value ? "Hide the QR code" : "Show the QR code"}
    </button>
    ${
      shown.value &&
      html`<p><img class="pairing-qr" alt="QR code that opens this page on a phone" src=${`data:image/svg+xml,${encodeURIComponent(qr)}`} /></p>
        <p class="dim small">Whoever scans it may do what you may. It holds the token.</p>`
    }
  </section>`;
}
