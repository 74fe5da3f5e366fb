// What needs the artist after a night, a line and one button for each cause.
import { useSignal } from "@preact/signals";
import { number, plural } from "../lib/format.js";
import { sentence } from "../lib/text.js";
import { html } from "../lib/html.js";
import { jobHref } from "../lib/router.js";
import { actOnMany } from "../jobs/many.js";
import { Icon } from "../ui/icons.js";

const DECISIONS = {
  review: { icon: "eye", tone: "review", words: "for your eye" },
  user: { icon: "pause", tone: "partial", words: "on hold by you" },
  pilot: { icon: "pause", tone: "partial", words: "until you release the rest" },
  breaker: { icon: "alert", tone: "failed", words: "stopped after several failures in a row" },
  dependency: { icon: "pause", tone: "partial", words: "held, since a job before it failed" },
};
const NAMES = 3;
const renders = (many) => plural(many, "render");

/** @param {{report: Api.Report, onChanged?: any}} props */
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

/** A line with what can be done about it. */
export function Need({ icon, tone, children, button }) {
  return html`<li class="need">
    <span class="state" data-tone=${tone}><${Icon} name=${icon} /></span>
    <div class="wrap">${children}</div>
    ${button}
  </li>`;
}

function Decision({ item, onChanged }) {
  const { icon, tone, words } = DECISIONS[item.reason] ?? DECISIONS.user;
  const review = item.reason === "review";
  const release = () => actOnMany({ action: "release", ids: [String(item.job_id)] }, undefined, `Released ${item.name}`).then(onChanged);
  const button = review
    ? html`<button type="button" onClick=${() => import("../jobs/actions.js").then((actions) => actions.review(item.job_id))}>Review</button>`
    : html`<button type="button" onClick=${release}>Release</button>`;
  return html`<${Need} icon=${icon} tone=${tone} button=${button}>
    <p>${renders(item.prompts)} of <a href=${jobHref(item.job_id)}>${item.name}</a> ${item.prompts === 1 && review ? "waits" : review ? "wait" : ""} ${words}</p>
  <//>`;
}

function Cause({ cause, onChanged }) {
  const busy = useSignal(false);
  const retry = async () => {
    busy.value = true;
    await actOnMany({ action: "retry", ids: cause.ids }, renders, `Trying ${renders(cause.ids.length)} again`);
    busy.value = false;
    onChanged();
  };
  const many = cause.prompts > 1;
  const others = cause.prompts - Math.min(NAMES, cause.examples.length);
  const button = html`<button type="button" disabled=${busy.value} onClick=${retry}><${Icon} name="retry" />${many ? `Retry all ${number(cause.prompts)}` : "Retry"}</button>`;
  return html`<${Need} icon="cross" tone="failed" button=${button}>
    <p>${many && html`<strong>${renders(cause.prompts)}: </strong>`}${sentence(cause.message)}</p>
    <p class="dim small">${sentence(cause.hint)} ${cause.examples.slice(0, NAMES).map((name, at) => html`${at ? ", " : ""}<a key=${name} href=${jobHref(name.split(".")[0])}>${name}</a>`)}${others > 0 && ` and ${number(others)} more`}</p>
  <//>`;
}

function GivenUp({ files: [first, ...others] }) {
  const button = html`<a class="button" href="#/watches">Show the folder</a>`;
  return html`<${Need} icon="folder" tone="failed" button=${button}>
    <p><strong>${first.file}</strong>${others.length > 0 && ` and ${plural(others.length, "more file")}`} of <span class="mono">${first.folder}</span> given up</p>
    <p class="dim small">${sentence(first.reason)}</p>
  <//>`;
}
