// The renders of a job in its drawer: one line each; phases and log of the chosen one are below.
import { useSignal } from "@preact/signals";
import { server } from "../lib/more_api.js";
import { baseName, number, percent, span } from "../lib/format.js";
import { took } from "../lib/text.js";
import { html } from "../lib/html.js";
import { renderProgress } from "../state/store.js";
import { Menu } from "../ui/menu.js";
import { renderTitle, standing, variation, whyWaiting } from "./render_row.js";
import { StateMark } from "../ui/state_mark.js";
import { toastError } from "../ui/toasts.js";

const FIRST = 12;
const PAGE = 200;

/** @param {{prompts: Api.Prompt[], more?: any, row: Api.Job, chosen?: any, onChoose?: any, onChanged?: any}} props */
export function Renders({ prompts, more, row, chosen, onChoose, onChanged }) {
  const shown = useSignal(FIRST);
  const later = useSignal([]);
  const known = new Set(prompts.map((prompt) => prompt.id));
  const all = [...prompts, ...later.value.filter((prompt) => !known.has(prompt.id))];
  const swept = Object.keys(row.submission.sweep ?? {});
  const total = Object.values(row.counts).reduce((sum, many) => sum + many, 0);
  const showMore = async () => {
    if (shown.value >= all.length && more) {
      const cursor = String(all.at(-1).index);
      const page = await server.prompts(row.id, { limit: PAGE, cursor }).catch(toastError);
      later.value = [...later.value, ...(page?.items ?? [])];
    }
    shown.value += PAGE;
  };
  return html`<section class="part" aria-label="Renders">
    <h2>Renders <span class="num dim">${number(total)}</span></h2>
    <ul class="renders">
      ${all.slice(0, shown.value).map((prompt) => html`<${Line} key=${prompt.id} prompt=${prompt} swept=${swept} chosen=${prompt.id === chosen.id} onChoose=${onChoose} onChanged=${onChanged} />`)}
    </ul>
    ${shown.value < total && html`<button type="button" class="quiet" onClick=${showMore}>Show more</button>`}
  </section>`;
}

/** @param {{prompt: Api.Prompt, swept?: any, chosen?: any, onChoose?: any, onChanged?: any}} props */
function Line({ prompt, swept, chosen, onChoose, onChanged }) {
  const time = prompt.finished_at ? took(span(prompt.started_at ?? prompt.finished_at, prompt.finished_at, 0)) : "";
  const progress = prompt.state === "running" ? percent(renderProgress(prompt)) : time;
  const varies = variation(prompt, swept);
  return html`<li class="render-line">
    <button type="button" class="render-pick" aria-pressed=${chosen ? "true" : "false"} title=${prompt.input ?? ""} onClick=${() => onChoose(prompt.id)}>
      <span class="num dim">${prompt.index}</span>
      <span class="clip">${prompt.input ? baseName(prompt.input) : renderTitle(prompt)}${varies && html` <span class="dim">${varies}</span>`}</span>
      <span class="num dim" key=${progress}>${progress}</span>
      <${StateMark} state=${standing(prompt)} title=${whyWaiting(prompt)} />
    </button>
    <${Menu} label=${`What to do with render ${prompt.index}`} items=${() => import("./render_menu.js").then((menu) => menu.renderMenu(prompt, onChanged))} />
  </li>`;
}
