// What failed, why, what to do, and a button for it. The log stays folded.
import { useSignal } from "@preact/signals";
import { server } from "../lib/more_api.js";
import { baseName, plural } from "../lib/format.js";
import { sentence } from "../lib/text.js";
import { html } from "../lib/html.js";
import { actionLabel } from "../lib/action_words.js";
import { Icon } from "../ui/icons.js";
import { renderTitle } from "./render_row.js";

const TAIL = 200;

/** Failed renders of one job; equal failures share a card. @param {{prompts: Api.Prompt[], onChanged?: any}} props */
export function ErrorCards({ prompts, onChanged }) {
  const groups = new Map();
  for (const prompt of prompts) {
    const { error } = prompt;
    if (!error) continue;
    const key = `${error.code} ${error.phase} ${error.message}`;
    groups.set(key, [...(groups.get(key) ?? []), prompt]);
  }
  return [...groups].map(([key, mine]) => html`<${ErrorCard} key=${key} prompts=${mine} onChanged=${onChanged} />`);
}

/** @param {{prompts: (Api.Prompt & {error: Api.ErrorInfo})[], onChanged?: any}} props */
function ErrorCard({ prompts, onChanged }) {
  const [first] = prompts;
  const { error } = first;
  const retry = async () => {
    const { doToPrompt } = await import("./actions.js");
    for (const prompt of prompts) await doToPrompt(prompt, "retry");
    onChanged();
  };
  return html`<article class="error-card" aria-label=${`Failed: ${renderTitle(first)}`}>
    <h2><span class="state" data-tone="failed"><${Icon} name="cross" /></span>${headline(prompts, error)}</h2>
    <p class="error-cause">${sentence(error.message)}</p>
    ${error.hint && html`<p class="dim">${sentence(error.hint)}</p>`}
    <div class="error-buttons">
      <button type="button" onClick=${retry}><${Icon} name="retry" />${actionLabel("retry")}${prompts.length > 1 ? ` all ${prompts.length}` : ""}</button>
      <${Details} prompt=${first} error=${error} />
    </div>
  </article>`;
}

/**
 * @param {Api.Prompt[]} prompts
 * @param {any} props
 */
function headline(prompts, { phase, node_class: node, node_id: id }) {
  const what = prompts.length > 1 ? plural(prompts.length, "render") : `${renderTitle(prompts[0])}`;
  const where = phase ? ` failed in ${phase}` : " failed";
  return `${what}${where}${node ? `, node ${node} (${id})` : ""}`;
}

/** @param {{prompt: Api.Prompt, error: Api.ErrorInfo}} props */
function Details({ prompt, error }) {
  const log = useSignal(null);
  const read = (event) => {
    if (!event.target.open || log.peek() !== null) return;
    server
      .promptLog(prompt.id, TAIL)
      .then((text) => (log.value = text || "The log is empty."))
      .catch((refusal) => (log.value = refusal.message));
  };
  const details = Object.entries(error.details ?? {}).filter(([, value]) => value !== null && value !== "");
  return html`<details class="error-details" onToggle=${read}>
    <summary>Log and details</summary>
    <dl class="facts">
      <div><dt>Code</dt><dd class="mono">${error.code}</dd></div>
      ${prompt.input && html`<div><dt>File</dt><dd class="mono" title=${prompt.input}>${baseName(prompt.input)}</dd></div>`}
      ${details.map(([name, value]) => html`<div key=${name}><dt>${name}</dt><dd class="mono wrap">${text(value)}</dd></div>`)}
    </dl>
    <pre class="log" tabindex="0" aria-label="Log">${log.value ?? "One moment."}</pre>
  </details>`;
}

const text = (value) => (Array.isArray(value) ? html`<pre class="log">${value.join("\n")}</pre>` : typeof value === "object" ? JSON.stringify(value) : String(value));
