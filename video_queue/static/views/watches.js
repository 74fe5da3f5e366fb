// The watched folders: what each one does, how many files are in which state, and the rule that decided about each.
import { effect, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { ErrorLine } from "../ui/error_line.js";
import { number } from "../lib/format.js";
import { middle, sentence } from "../lib/text.js";
import { html } from "../lib/html.js";
import { jobHref, newHref } from "../lib/router.js";
import { soon } from "../lib/soon.js";
import { watchApi } from "../lib/watch_api.js";
import { counts, watchEvents } from "../state/store.js";
import { ask } from "../ui/ask.js";
import { Icon } from "../ui/icons.js";
import { Menu } from "../ui/menu.js";
import { StateMark } from "../ui/state_mark.js";
import { toastError } from "../ui/toasts.js";

const STATES = {
  watching: { word: "Watching", icon: "eye", tone: "running" },
  paused: { word: "Paused", icon: "pause", tone: "partial" },
  quiet: { word: "Outside its hours", icon: "moon", tone: "queued" },
  away: { word: "Folder is away", icon: "alert", tone: "partial" },
  failing: { word: "Cannot submit", icon: "cross", tone: "failed" },
};
const FILE_STATES = {
  waiting: { word: "Waiting", icon: "hourglass", tone: "partial" },
  taken: { word: "Taken", icon: "check", tone: "succeeded" },
  failed: { word: "Failed", icon: "cross", tone: "failed" },
  ignored: { word: "Ignored", icon: "skip", tone: "queued" },
  moved: { word: "Moved", icon: "check", tone: "succeeded" },
  gone: { word: "Gone", among: "Moved or gone", icon: "slash", tone: "cancelled" },
};
const PAGE = 50;
/** Many files are taken at once; their list is read again at most so often. */
const PACE = 500;

/**
 * What `read` answers, read again some time after each event about a watch: `[answer, error, readNow]`, the first two as signals.
 * @template T
 * @param {string} name
 * @param {() => Promise<T>} read
 * @returns {[Signal<T | null>, Signal<any>, () => Promise<void>]}
 */
function useLive(name, read, ...dependencies) {
  const answer = useSignal(null);
  const error = useSignal(null);
  const readNow = () =>
    read().then(
      (fresh) => {
        answer.value = fresh;
        error.value = null;
      },
      (refusal) => void (error.value = refusal),
    );
  useEffect(() => {
    let first = true;
    return effect(() => {
      watchEvents.value;
      if (first) readNow();
      else soon(name, readNow, PACE);
      first = false;
    });
  }, dependencies);
  return [answer, error, readNow];
}

export function WatchesView() {
  const [watches, error, read] = useLive("watches", watchApi.list);
  const items = watches.value?.items ?? [];
  useEffect(() => effect(() => counts.value && soon("watches", read, PACE)), []);
  return html`<div class="page">
    <header class="page-head">
      <h1>Watch folders</h1>
      <a class="button" href=${newHref()}><${Icon} name="plus" />Watch a folder</a>
    </header>
    ${error.value && html`<${ErrorLine} error=${error.value} />`}
    ${watches.value && !items.length && html`<${Nothing} />`}
    ${items.map((watch) => html`<${WatchPart} key=${watch.id} watch=${watch} read=${read} />`)}
  </div>`;
}

function Nothing() {
  return html`<div class="empty">
    <h2>No folder is watched</h2>
    <p class="dim">What is dropped into a watched folder becomes a job, each file once.</p>
    <ol class="steps">
      <li>Choose a workflow under <a href=${newHref()}>New job</a> and fill in its form.</li>
      <li>Press <strong>Watch a folder</strong> beside it and name the folder.</li>
      <li>Copy clips into the folder, now or at night. Each is taken once it is whole.</li>
    </ol>
  </div>`;
}

/** @param {{watch: Api.Watch, read?: any}} props */
function WatchPart({ watch, read }) {
  const act = (action) => () => watchApi.act(watch.id, action).then(read, toastError);
  const remove = async () => {
    const text = "Its jobs and files stay. What waits there is not taken any more.";
    if (await ask({ title: `Stop watching ${watch.path}?`, text, yes: "Stop watching" })) {
      watchApi.remove(watch.id).then(read, toastError);
    }
  };
  const menu = () => [
    watch.enabled
      ? { label: "Pause", icon: "pause", act: act("pause") }
      : { label: "Resume", icon: "play", act: act("resume") },
    { label: "Stop watching", icon: "bin", act: remove },
  ];
  return html`<section class="part watch" aria-label=${watch.path}>
    <div class="part-head">
      <h2 class="mono clip" title=${watch.path}>${middle(watch.path, 60)}</h2>
      <span class="watch-ends">
        <${StateMark} state=${watch.state} of=${STATES} />
        <button type="button" onClick=${act("scan")}><${Icon} name="retry" />Scan now</button>
        <${Menu} label=${`Actions for ${watch.path}`} items=${menu} />
      </span>
    </div>
    <p class="dim">${rules(watch).join(" · ")}</p>
    <p class="num">${outcome(watch.totals)}</p>
    ${watch.reason && html`<p class="warning"><${Icon} name="alert" />${sentence(watch.reason)}</p>`}
    <${Files} watch=${watch} />
  </section>`;
}

/** What the watch does with a file, in a few words. @param {Api.Watch} watch */
function rules({ submission, unit, recursive, existing, after, done_dir: done, hours, max_new: most, poll }) {
  return [
    submission.workflow,
    { file: "each file is a job", sequence: "each run of pictures is a job", folder: "each folder is a job" }[unit],
    recursive && "with the folders inside",
    existing === "skip" && "files from before are left alone",
    after === "move" && `finished files move to ${middle(done, 40)}`,
    hours && `takes files ${hours}`,
    most && `at most ${number(most)} a minute`,
    poll && "read again and again",
  ].filter(Boolean);
}

/** What became of all that was dropped into the folder, also of what was moved away since. @param {Api.WatchTotals} totals */
function outcome({ waiting, working, done, failed }) {
  const parts = [[waiting, "waiting"], [working, "at work"], [done, "done"], [failed, "failed"]];
  return parts.filter(([count]) => count).map(([count, word]) => `${number(count)} ${word}`).join(" · ");
}

/** @param {{watch: Api.Watch}} props */
function Files({ watch }) {
  const state = useSignal(null);
  const limit = useSignal(PAGE);
  const [page, error, read] = useLive(
    `files of ${watch.id}`,
    () => watchApi.files(watch.id, { state: state.peek(), limit: limit.peek() }),
    watch.id,
  );
  const show = (wanted, most = PAGE) => () => {
    state.value = wanted;
    limit.value = most;
    read();
  };
  const all = Object.values(watch.counts).reduce((sum, count) => sum + count, 0);
  if (!all) return html`<p class="dim small">No files yet.</p>`;
  const chip = (name, word, count) => html`<button
    key=${word} type="button" class="chip" aria-pressed=${state.value === name ? "true" : "false"} onClick=${show(name)}
  >${word} <span class="num dim">${number(count)}</span></button>`;
  return html`<div class="chips" role="group" aria-label="Files by state">
      ${chip(null, "All", all)}
      ${Object.entries(FILE_STATES).map(([name, { word, among = word }]) => watch.counts[name] > 0 && chip(name, among, watch.counts[name]))}
    </div>
    ${error.value && html`<${ErrorLine} error=${error.value} />`}
    <ul class="watch-files" aria-label=${`Files of ${watch.path}`}>
      ${(page.value?.items ?? []).map((file) => html`<${File} key=${file.path} file=${file} />`)}
    </ul>
    ${page.value?.next_cursor && html`<p><button type="button" class="quiet" onClick=${show(state.peek(), limit.peek() * 4)}>Show more</button></p>`}`;
}

/** @param {{file: Api.WatchFile}} props */
function File({ file }) {
  const next = file.next && new Date(file.next).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  return html`<li class="watch-file">
    <${StateMark} state=${file.rule === "moved" ? "moved" : file.state} of=${FILE_STATES} />
    <span class="mono clip" title=${file.path}>${middle(file.path, 60)}</span>
    <span class="dim wrap">${sentence(file.reason)}${next && html` <span class="num">Looked at again at ${next}.</span>`}</span>
    ${file.job_id && html`<a class="num" href=${jobHref(file.job_id)}>Job ${file.job_id}</a>`}
  </li>`;
}
