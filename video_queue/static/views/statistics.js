// What was done lately: renders in each hour, how long phases take, why renders failed, what was saved.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { number, percent, plural, seconds } from "../lib/format.js";
import { took } from "../lib/text.js";
import { html } from "../lib/html.js";
import { server } from "../lib/more_api.js";
import { clockTime } from "../state/days.js";
import { now, workflowTitle } from "../state/store.js";
import { Chart } from "../ui/chart.js";
import { ErrorLine } from "../ui/error_line.js";

const HOUR = 3600;
const HOURS = 72;
const SERIES = [{ label: "failed", tone: "failed" }, { label: "made", tone: "edge" }];

export function StatisticsView() {
  const stats = useSignal(null);
  const failure = useSignal(null);
  useEffect(() => {
    server.stats().then((fresh) => (stats.value = fresh), (error) => (failure.value = error));
  }, []);
  const { value } = stats;
  return html`<div class="page" aria-busy=${value || failure.value ? undefined : "true"}>
    <header class="page-head"><h1>Statistics</h1></header>
    ${failure.value && html`<${ErrorLine} error=${failure.value} />`}
    ${value && !value.throughput.length && html`<p class="dim">Nothing was rendered yet.</p>`}
    ${value && value.throughput.length > 0 && html`<${Totals} stats=${value} /><${Throughput} hours=${value.throughput} /><${Phases} phases=${value.phases} /><${Failures} failures=${value.failures} />`}
  </div>`;
}

function Totals({ stats }) {
  const { reuse, prompts, model_loads_saved: loads, window: newest } = stats;
  const phases = reuse.run + reuse.reused;
  const facts = [
    ["Renders made", number(prompts.succeeded ?? 0), prompts.failed ? `${number(prompts.failed)} failed` : "none failed"],
    ["Model loads saved", number(loads), "by the order of renders"],
    ["Phases reused", phases ? percent(reuse.reused / phases) : "none", `${number(reuse.reused)} of ${number(phases)} took what another render had`],
  ];
  return html`<section class="overview" aria-label="In all">
    ${facts.map(([title, figure, more]) => html`<div key=${title} class="fact-block"><h2>${title}</h2><p class="figure num">${figure}</p><p class="dim small num">${more}</p></div>`)}
    <p class="dim small num">All but the first two are of the newest ${number(newest)} renders.</p>
  </section>`;
}

/** Every hour up to the last with a render, at most three days of them. */
function filled(hours) {
  const last = seconds(hours.at(-1).hour);
  const first = Math.max(seconds(hours[0].hour), last - (HOURS - 1) * HOUR);
  const known = new Map(hours.map((hour) => [seconds(hour.hour), hour]));
  const times = Array.from({ length: (last - first) / HOUR + 1 }, (_, at) => first + at * HOUR);
  return times.map((at) => ({ at, succeeded: known.get(at)?.succeeded ?? 0, failed: known.get(at)?.failed ?? 0 }));
}

function Throughput({ hours }) {
  const rows = filled(hours);
  const data = [rows.map((row) => row.at), rows.map((row) => row.succeeded + row.failed), rows.map((row) => row.succeeded)];
  const best = Math.max(...rows.map((row) => row.succeeded));
  return html`<section class="part" aria-labelledby="per-hour">
    <h2 id="per-hour">Renders in an hour</h2>
    <${Chart} label=${`Renders in each hour, ${number(best)} at most; the table below has them`} data=${data} series=${SERIES} step=${HOUR} words=${(at) => clockTime(at, now.peek())} />
    <details><summary>As a table</summary>
      <table class="figures"><thead><tr><th scope="col">Hour</th><th scope="col">Made</th><th scope="col">Failed</th></tr></thead>
        <tbody>${rows.filter((row) => row.succeeded + row.failed).reverse().map((row) => html`<tr key=${row.at}><th scope="row">${clockTime(row.at, now.value)}</th><td>${number(row.succeeded)}</td><td>${number(row.failed)}</td></tr>`)}</tbody></table>
    </details>
  </section>`;
}

function Bar({ part, tone = "queued" }) {
  return html`<div class="progress" aria-hidden="true"><div class="progress-fill" data-tone=${tone} style=${{ transform: `scaleX(${part})` }}></div></div>`;
}

function Phases({ phases }) {
  if (!phases.length) return null;
  const longest = Math.max(...phases.map((phase) => phase.median_seconds));
  return html`<section class="part" aria-labelledby="phase-medians">
    <h2 id="phase-medians">How long phases take</h2>
    <table class="figures"><thead><tr><th scope="col">Workflow</th><th scope="col">Phase</th><th scope="col">Median</th><th scope="col">Runs</th><td></td></tr></thead>
      <tbody>${phases.map((phase) => html`<tr key=${`${phase.workflow} ${phase.phase}`}><th scope="row">${workflowTitle(phase.workflow)}</th><td>${phase.phase}</td><td>${took(phase.median_seconds)}</td><td>${number(phase.runs)}</td><td class="bar-cell"><${Bar} part=${longest ? phase.median_seconds / longest : 0} /></td></tr>`)}</tbody></table>
  </section>`;
}

function Failures({ failures }) {
  if (!failures.length) return html`<section class="part"><h2>Why renders failed</h2><p class="dim">None failed.</p></section>`;
  const most = Math.max(...failures.map((cause) => cause.prompts));
  return html`<section class="part" aria-labelledby="failed-why">
    <h2 id="failed-why">Why renders failed</h2>
    <table class="figures"><thead><tr><th scope="col">Cause</th><th scope="col">Renders</th><td></td></tr></thead>
      <tbody>${failures.map((cause) => html`<tr key=${cause.code}><th scope="row">${(cause.code ?? "unknown").replaceAll("_", " ")}</th><td>${plural(cause.prompts, "render")}</td><td class="bar-cell"><${Bar} part=${cause.prompts / most} tone="failed" /></td></tr>`)}</tbody></table>
  </section>`;
}
