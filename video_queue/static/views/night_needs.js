// What needs the artist after a night, a line and one button for each cause.
import { useSignal } from "@preact/signals";
import { nightApi } from "../lib/night_api.js";
import { number, plural } from "../lib/format.js";
import { sentence } from "../lib/text.js";
import { html } from "../lib/html.js";
import { jobHref } from "../lib/router.js";
import { server } from "../lib/more_api.js";
import { Icon } from "../ui/icons.js";
import { toast, toastError } from "../ui/toasts.js";

const DECISIONS = {
  review: { icon: "eye", tone: "review", words: "for your eye" },
  user: { icon: "pause", tone: "partial", words: "on hold by you" },
  pilot: { icon: "pause", tone: "partial", words: "until you release the rest" },
  breaker: { icon: "alert", tone: "failed", words: "stopped after several failures in a row" },
  dependency: { icon: "pause", tone: "partial", words: "held, since a job before it failed" },
};
const NAMES = 3;

export function NeedsYou({ report, onChanged }) {
  const { decisions, failures, given_up: files } = report;
  const folders = new Map();
  for (const file of files) folders.set(file.watch, [...(folders.get(file.watch) ?? []), file]);
  const total = decisions.length + failures.length + folders.size;
  if (!total) return null;
  return html`<section class="part" aria-labelledby="needs-you">
    <h2 id="needs-you">Needs you <span class="num dim">${number(total)}</span></h2>
    <ul class="needs">
      ${decisions.map((item) => html`<${Decision} key=${`job-${item.job_id}`} item=${item} onChanged=${onChanged} />`)}
      ${failures.map((cause) => html`<${Cause} key=${`${cause.code} ${cause.ids[0]}`} cause=${cause} onChanged=${onChanged} />`)}
      ${[...folders].map(([watch, mine]) => html`<${GivenUp} key=${`watch-${watch}`} files=${mine} />`)}
    </ul>
  </section>`;
}

function Line({ icon, tone, children, button }) {
  return html`<li class="need">
    <span class="state" data-tone=${tone}><${Icon} name=${icon} /></span>
    <div class="wrap">${children}</div>
    ${button}
  </li>`;
}

function Decision({ item, onChanged }) {
  const { icon, tone, words } = DECISIONS[item.reason] ?? DECISIONS.user;
  const review = item.reason === "review";
  const release = () =>
    server.actOnJob(item.job_id, "release").then(() => {
      toast({ text: `Released ${item.name}` });
      onChanged();
    }, toastError);
  const button = review
    ? html`<button type="button" onClick=${() => import("../jobs/actions.js").then((actions) => actions.review(item.job_id))}>Review</button>`
    : html`<button type="button" onClick=${release}>Release</button>`;
  return html`<${Line} icon=${icon} tone=${tone} button=${button}>
    <p>${plural(item.prompts, "render")} of <a href=${jobHref(item.job_id)}>${item.name}</a> ${item.prompts === 1 && review ? "waits" : review ? "wait" : ""} ${words}</p>
  <//>`;
}

function Cause({ cause, onChanged }) {
  const busy = useSignal(false);
  const retry = async () => {
    busy.value = true;
    try {
      const { done, refused } = await nightApi.retry(cause.ids);
      const hint = refused.length ? `${plural(refused.length, "render")} could not be tried again: ${refused[0].message}` : "";
      toast({ text: `Trying ${plural(done, "render")} again`, hint });
    } catch (error) {
      toastError(error);
    }
    busy.value = false;
    onChanged();
  };
  const many = cause.prompts > 1;
  const others = cause.prompts - Math.min(NAMES, cause.examples.length);
  const button = html`<button type="button" disabled=${busy.value} onClick=${retry}><${Icon} name="retry" />${many ? `Retry all ${number(cause.prompts)}` : "Retry"}</button>`;
  return html`<${Line} icon="cross" tone="failed" button=${button}>
    <p>${many && html`<strong>${plural(cause.prompts, "render")}: </strong>`}${sentence(cause.message)}</p>
    <p class="dim small">${sentence(cause.hint)} ${cause.examples.slice(0, NAMES).map((name, at) => html`${at ? ", " : ""}<a key=${name} href=${jobHref(name.split(".")[0])}>${name}</a>`)}${others > 0 && ` and ${number(others)} more`}</p>
  <//>`;
}

function GivenUp({ files: [first, ...others] }) {
  const button = html`<a class="button" href="#/watches">Show the folder</a>`;
  return html`<${Line} icon="folder" tone="failed" button=${button}>
    <p><strong>${first.file}</strong>${others.length > 0 && ` and ${plural(others.length, "more file")}`} of <span class="mono">${first.folder}</span> given up</p>
    <p class="dim small">${sentence(first.reason)}</p>
  <//>`;
}
