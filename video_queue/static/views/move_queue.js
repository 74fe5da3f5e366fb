// What waits as one file for another machine, and a file of another machine as jobs here: two dialogs.
import { useSignal, useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { ErrorLine } from "../ui/error_line.js";
import { api, post } from "../lib/api.js";
import { baseName, percent, plural } from "../lib/format.js";
import { bytes, sentence } from "../lib/text.js";
import { html } from "../lib/html.js";
import { go } from "../lib/router.js";
import { upload } from "../lib/upload.js";
import { handed, takeHanded } from "../state/dropped.js";
import { queue } from "../state/store.js";
import { Dialog } from "../ui/dialog.js";
import { Icon } from "../ui/icons.js";
import { toast, toastError } from "../ui/toasts.js";
import { lazyPart } from "../ui/lazy.js";

const PathPicker = lazyPart(() => import("../forms/path_picker.js").then((module) => module.PathPicker), "later");

const AFTERWARDS = { hold: "Hold it", cancel: "Cancel it", nothing: "Leave it waiting" };
const LAST = 8;
const MOST_JOBS = 200;

const HERE = "#/system";

/** The part of the system page; a queue file that was dropped on the page opens the import. */
export function MoveQueue() {
  const open = useSignal(null);
  useSignalEffect(() => {
    if (handed.value?.to === HERE) open.value = "import";
  });
  const close = () => (open.value = null);
  return html`<section class="part move-queue" aria-label="Move the queue">
    <h2>Move the queue</h2>
    <p class="dim">What waits here as one file, to be rendered by another machine.</p>
    <p class="joined">
      <button type="button" onClick=${() => (open.value = "export")}><${Icon} name="download" />Export what waits</button>
      <button type="button" onClick=${() => (open.value = "import")}><${Icon} name="file" />Import a queue file</button>
    </p>
    ${open.value === "export" && html`<${Export} onClose=${close} />`}
    ${open.value === "import" && html`<${Import} onClose=${close} />`}
  </section>`;
}

/**
 * Work that is asked for once at a time: [whether it goes on, its refusal, a function that begins it].
 * @returns {[Signal<boolean>, Signal<any>, <T>(begin: () => Promise<T>) => Promise<T | null>]}
 */
function useWork() {
  const busy = useSignal(false);
  const error = useSignal(null);
  const work = async (promise) => {
    busy.value = true;
    error.value = null;
    try {
      return await promise();
    } catch (refusal) {
      error.value = refusal;
      return null;
    } finally {
      busy.value = false;
    }
  };
  return [busy, error, work];
}

function Export({ onClose }) {
  const options = useSignal({ with_inputs: false, then: "hold" });
  const ids = useSignal([]);
  const file = useSignal(null);
  const [busy, error, work] = useWork();
  const change = (changes) => (options.value = { ...options.value, ...changes });
  const make = async (event) => {
    event.preventDefault();
    file.value = await work(() => post("/queue/export", ids.value.length ? { ...options.value, ids: ids.value } : options.value));
  };
  const { queued } = queue.value?.counts ?? {};
  return html`<${Dialog} title="Export what waits" onClose=${onClose}>
    ${
      file.value
        ? html`<${Made} file=${file.value} />`
        : html`<form class="watch-folder" onSubmit=${make}>
            <p>${queued === undefined ? "What waits" : `${plural(queued, "render")} in the queue`}, with workflows, values, order and notes.</p>
            <${Choice} ids=${ids} />
            <p class="dim">What has begun stays and ends here, and so do watched folders.</p>
            <label class="check"><input type="checkbox" checked=${options.value.with_inputs} onChange=${(event) => change({ with_inputs: event.target.checked })} />Pack the input files, too</label>
            <div class="field">
              <label class="label" for="export-then">Afterwards here</label>
              <select id="export-then" value=${options.value.then} onChange=${(event) => change({ then: event.target.value })}>
                ${Object.entries(AFTERWARDS).map(([value, text]) => html`<option key=${value} value=${value}>${text}</option>`)}
              </select>
            </div>
            ${options.value.then === "nothing" && html`<p class="dim">Both machines render it then.</p>`}
            ${error.value && html`<${Complaints} error=${error.value} />`}
            <div class="dialog-buttons"><button type="submit" class="primary" disabled=${busy.value}>${busy.value ? "Writing" : "Make the file"}</button></div>
          </form>`
    }
  <//>`;
}

/** Which jobs: all that wait, or some of them. */
function Choice({ ids }) {
  const jobs = useSignal(null);
  const read = (event) => {
    if (event.target.open && !jobs.value) api.jobs({ state: ["queued", "running"], sort: "queue", limit: MOST_JOBS }).then((page) => (jobs.value = page.items), toastError);
  };
  const pick = (id) => (event) => {
    ids.value = event.target.checked ? [...ids.value, id] : ids.value.filter((other) => other !== id);
  };
  return html`<details class="advanced" onToggle=${read}>
    <summary>${ids.value.length ? `Only ${plural(ids.value.length, "job")}` : "Only some jobs"}</summary>
    ${jobs.value?.map(
      (job) => html`<label key=${job.id} class="check"><input type="checkbox" checked=${ids.value.includes(job.id)} onChange=${pick(job.id)} />${job.name} <span class="dim num">${job.id} · ${plural(job.counts.queued, "render")}</span></label>`,
    )}
    ${jobs.value?.length === 0 && html`<p class="dim">Nothing waits.</p>`}
  </details>`;
}

function Made({ file }) {
  const then = { hold: "It is held here now.", cancel: "It is cancelled here now.", nothing: "" }[file.then];
  const inputs = file.files ? `, ${plural(file.files, "input file")}` : "";
  return html`<div class="watch-folder">
    <p>${plural(file.jobs.length, "job")}, ${plural(file.prompts, "render")}${inputs}, ${bytes(file.bytes)}. ${then}</p>
    ${file.warnings.map(({ message }) => html`<p key=${message} class="dim">${sentence(message)}</p>`)}
    <div class="dialog-buttons">
      <a class="button primary" href=${`/api/queue/exports/${file.id}`} download=${baseName(file.path)}><${Icon} name="download" />Save ${baseName(file.path)}</a>
    </div>
  </div>`;
}

function Import({ onClose }) {
  const path = useSignal(null);
  const sent = useSignal(0);
  const [busy, error, work] = useWork();
  const take = (file) =>
    work(async () => {
      path.value = (await upload(file, (part) => (sent.value = part)).done).path;
    });
  const chooser = useRef(null);
  useEffect(() => {
    const file = takeHanded(HERE);
    if (file) take(file);
  }, []);
  return html`<${Dialog} title="Import a queue file" onClose=${onClose} wide>
    ${
      path.value
        ? html`<${Arrival} path=${path.value} onClose=${onClose} />`
        : html`<div class="watch-folder">
            <p>The file that another machine has exported. Nothing is made before you have seen what is in it.</p>
            <div class="dialog-buttons">
              <button type="button" class="primary" disabled=${busy.value} onClick=${() => chooser.current.click()}>
                ${busy.value ? `Sending, ${percent(sent.value)}` : "Choose the file"}
              </button>
            </div>
            <input ref=${chooser} type="file" accept=".zip" class="hidden" tabindex="-1" aria-label="Queue file" onChange=${(event) => event.target.files[0] && take(event.target.files[0])} />
            ${error.value && html`<${Complaints} error=${error.value} />`}
          </div>`
    }
  <//>`;
}

/** What would come of the file; folders that are not here are mapped until nothing is missing. */
function Arrival({ path, onClose }) {
  const dry = useSignal(null);
  const maps = useSignal({});
  const held = useSignal(false);
  const [busy, error, work] = useWork();
  const body = () => ({ path, held: held.value, maps: Object.fromEntries(Object.entries(maps.value).filter(([, to]) => to.trim())) });
  const check = () =>
    work(async () => {
      const answer = await post("/queue/import", { ...body(), dry_run: true });
      maps.value = { ...Object.fromEntries(answer.missing.map((folder) => [folder, ""])), ...maps.value };
      dry.value = answer;
    });
  useEffect(() => void check(), []);
  const make = async (event) => {
    event.preventDefault();
    if (dry.value.problems.length) return check();
    const answer = await work(() => post("/queue/import", body()));
    if (!answer) return undefined;
    const arrived = answer.jobs.filter(({ reused }) => !reused).map(({ id }) => String(id));
    const undo = () => post("/actions", { action: "cancel", ids: arrived, reason: "the import was undone" }).catch(toastError);
    toast({ text: arrived.length ? `${plural(arrived.length, "job")} arrived` : "All of it was here already", undo: arrived.length ? undo : null });
    onClose();
    return go("#/queue");
  };
  if (!dry.value) return error.value ? html`<${Complaints} error=${error.value} />` : html`<p class="dim" aria-busy="true">Reading the file.</p>`;
  const { jobs, problems, warnings } = dry.value;
  const added = jobs.filter(({ reused }) => !reused);
  return html`<form class="watch-folder" novalidate onSubmit=${make}>
    <ul aria-label="Jobs of the file">
      ${jobs.slice(0, LAST).map((job) => html`<li key=${job.number}><${JobLine} job=${job} /></li>`)}
      ${jobs.length > LAST && html`<li class="dim">and ${plural(jobs.length - LAST, "more job")}</li>`}
    </ul>
    ${problems.map(({ message }) => html`<p key=${message} class="complaint wrap" role="alert">${sentence(message)}</p>`)}
    ${Object.keys(maps.value).map((folder) => html`<${Map} key=${folder} folder=${folder} maps=${maps} />`)}
    ${warnings.map(({ message }) => html`<p key=${message} class="dim wrap">${sentence(message)}</p>`)}
    <label class="check"><input type="checkbox" checked=${held.value} onChange=${(event) => (held.value = event.target.checked)} />Hold them until I release them</label>
    ${error.value && html`<${Complaints} error=${error.value} />`}
    <div class="dialog-buttons">
      <button type="submit" class="primary" disabled=${busy.value || !added.length}>
        ${!added.length ? "All of it is here" : problems.length ? "Check again" : `Make ${plural(added.length, "job")}`}
      </button>
    </div>
  </form>`;
}

/** @param {{job: Api.ImportedJob}} props */
function JobLine({ job }) {
  const facts = [job.workflow, job.prompts && plural(job.prompts, "render"), job.held && "held", job.reused && "here already"];
  return html`${job.name} <span class="dim">${facts.filter(Boolean).join(" · ")}</span>`;
}

function Map({ folder, maps }) {
  const picking = useSignal(false);
  const id = `map-${folder}`;
  const set = (to) => (maps.value = { ...maps.value, [folder]: to });
  const picked = (paths) => {
    picking.value = false;
    if (paths.length) set(paths[0].path);
  };
  return html`<div class="field">
    <label class="label wrap" for=${id}>Where <span class="mono">${folder}</span> is here</label>
    <span class="joined wide">
      <input type="text" id=${id} class="mono" autocomplete="off" spellcheck="false" placeholder="/path/to/the/folder" value=${maps.value[folder]} onInput=${(event) => set(event.target.value)} />
      <button type="button" onClick=${() => (picking.value = true)}><${Icon} name="folder" />Browse</button>
    </span>
    ${picking.value && html`<${PathPicker} mode="folder" kind="other" onDone=${picked} />`}
  </div>`;
}

function Complaints({ error }) {
  if (!error.problems?.length) return html`<${ErrorLine} error=${error} />`;
  return error.problems.map(({ message }) => html`<p key=${message} class="complaint wrap" role="alert">${sentence(message)}</p>`);
}
