// ComfyUI, ffmpeg, disks, versions, and the checks of the doctor, each with its fix.
import { signal, useSignal, useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { api } from "../lib/api.js";
import { server } from "../lib/more_api.js";
import { ErrorLine } from "../ui/error_line.js";
import { Icon } from "../ui/icons.js";
import { lazy } from "../ui/lazy.js";
import { Menu } from "../ui/menu.js";
import { StateMark } from "../ui/state_mark.js";
import { toast, toastError } from "../ui/toasts.js";
import { exactTime, percent, plural } from "../lib/format.js";
import { bytes, sentence } from "../lib/text.js";
import { html } from "../lib/html.js";
import { soon } from "../lib/soon.js";
import { comfyEvents, queue } from "../state/store.js";
import { actOnMany } from "../jobs/many.js";

const Pairing = lazy(() => import("./pairing.js").then((module) => module.Pairing));
const MoveQueue = lazy(() => import("./move_queue.js").then((module) => module.MoveQueue), "forms");
const system = signal(null);
const doctor = signal(null);
let reads = 0;
const FOLLOW = 2000;

/** Only the answer to the latest question counts: an earlier one may come later. */
async function readSystem() {
  const read = ++reads;
  const answer = await server.system();
  if (read === reads) system.value = answer;
}

async function readDoctor() {
  doctor.value = null;
  doctor.value = (await server.doctor()).items;
}

/** Names of checks that are not plain words. */
const SPELT = { python: "Python", sqlite: "SQLite", ffmpeg: "ffmpeg", comfyui: "ComfyUI", gpu: "GPU" };
const checkName = (name) => SPELT[name] ?? `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`;

export function SystemView() {
  const failure = useSignal(null);
  const health = useSignal(null);
  const check = () => {
    failure.value = null;
    Promise.all([readSystem(), readDoctor()]).catch((error) => (failure.value = error));
    api.health().then(() => (health.value = "ok"), () => (health.value = "fail"));
  };
  useEffect(check, []);
  useSignalEffect(() => {
    if (comfyEvents.value) soon("system", readSystem, 500);
  });
  return html`<div class="page">
    <header class="page-head">
      <h1>System</h1>
      <nav aria-label="System" class="page-links"><a href="#/settings">Settings</a><a href="#/statistics">Statistics</a></nav>
      <button type="button" onClick=${check}><${Icon} name="retry" />Check again</button>
    </header>
    ${failure.value && html`<${ErrorLine} error=${failure.value} />`}
    ${system.value && html`<${Overview} info=${system.value} health=${health.value} />`}
    <${ComfyLog} lines=${system.value?.comfy.process?.log} />
    ${system.value?.reachable && html`<${Pairing} />`}
    <${MoveQueue} />
    <${Checks} checks=${doctor.value} />
  </div>`;
}

/** @param {{info: Api.SystemInfo, health?: any}} props */
function Overview({ info, health }) {
  return html`<section class="overview" aria-label="Overview">
    ${every(info.comfy).map((comfy, _, all) => html`<${Comfy} key=${comfy.instance} comfy=${comfy} named=${all.length > 1} checks=${doctor.value} />`)}
    <div class="fact-block">
      <h2>ffmpeg</h2>
      <${StateMark} state=${info.versions.ffmpeg ? "ok" : "fail"} />
      <p class="mono small wrap">${info.versions.ffmpeg || "not found"}</p>
    </div>
    <div class="fact-block">
      <h2>Server</h2>
      <${StateMark} state=${health ?? "waiting"} />
      <p class="small dim num">video_queue ${info.version} · Python ${info.versions.python} · SQLite ${info.versions.sqlite}</p>
      <p class="mono small dim wrap">${info.home}</p>
    </div>
    ${distinct(info.disks).map((disk) => html`<${Disk} key=${disk.path} disk=${disk} />`)}
  </section>`;
}

/** One, or all of several. @param {Api.ComfyInfo} comfy */
const every = (comfy) => (comfy.instances?.length ? comfy.instances : [comfy]);

/**
 * ComfyUI as the server knows it; while it is not connected, the doctor's check.
 * @param {{comfy: Api.ComfyInfo, named: boolean, checks: Api.Check[]}} props
 */
function Comfy({ comfy, named, checks }) {
  const vram = queue.value?.lanes.find((lane) => lane.instance === comfy.instance && lane.detail?.vram_total)?.detail?.vram_total;
  const check = checks?.find((item) => item.name === "comfyui");
  const connected = comfy.state === "connected";
  const state = connected ? "ok" : ((named ? "" : check?.state) || "waiting");
  const entries = comfyEntries(comfy, named);
  return html`<div class="fact-block">
    <h2>ComfyUI${named ? ` ${comfy.instance}` : ""}</h2>
    <${StateMark} state=${state} />
    ${comfy.version && html`<p class="num">${comfy.version}${comfy.simulated ? " (simulated)" : ""}</p>`}
    ${comfy.device && html`<p class="dim small">${comfy.device}${vram ? ` · ${bytes(vram)}` : ""}</p>`}
    ${comfy.url && html`<p class="mono small wrap">${comfy.url}</p>`}
    ${comfy.paused && html`<p class="small">${PAUSED[comfy.paused]}</p>`}
    ${!connected && !named && !comfy.process && check && html`<p class="dim small">${sentence(check.message)}</p>`}
    ${comfy.process && html`<${ComfyProcess} process=${comfy.process} />`}
    ${entries.length > 0 && html`<p><${Menu} label="What to do with ComfyUI" text="Manage" items=${() => entries} /></p>`}
    ${connected && html`<${Interrupt} instance=${comfy.instance} />`}
  </div>`;
}

/** Stop what this ComfyUI renders now; undo queues it again. */
function Interrupt({ instance }) {
  const rendering = new Set((queue.value?.lanes ?? []).flatMap((lane) => (lane.name === "gpu" && lane.instance === instance ? lane.running : [])));
  const ids = (queue.value?.running ?? []).filter(({ id }) => rendering.has(id)).map(({ job_id: job, index }) => `${job}.${index}`);
  const stop = () => actOnMany({ action: "cancel", ids }, (many) => plural(many, "render"));
  return html`<p><button type="button" disabled=${!ids.length} title=${ids.length ? "" : "It renders nothing now"} onClick=${stop}>
    <${Icon} name="cross" />Interrupt</button></p>`;
}

const COMFY = {
  free: { label: "Free its memory", icon: "spark", done: "ComfyUI frees its memory." },
  refresh: { label: "Read its models again", icon: "retry", done: "Its models and nodes are read again." },
  start: { label: "Start it", icon: "play", done: "ComfyUI starts." },
  restart: { label: "Restart it", icon: "repeat", done: "ComfyUI is restarted." },
  stop: { label: "Stop it", icon: "cross", done: "ComfyUI is stopped." },
  drain: { label: "Give it nothing more", icon: "hourglass", done: "It ends what it renders and gets nothing more." },
  pause: { label: "Pause it now", icon: "pause", done: "What it rendered goes back into the queue." },
  resume: { label: "Let it render again", icon: "play", done: "It renders again." },
};

const PAUSED = { drain: "Drained: it gets nothing more", pause: "Paused" };

/** What is possible now; of several each can be left out for a while. */
function comfyEntries({ actions, instance, paused }, named) {
  const whole = named ? (paused ? ["resume"] : ["drain", "pause"]) : [];
  return [...actions.filter(({ enabled }) => enabled).map(({ name }) => name), ...whole].map((name) => {
    const { done, ...entry } = COMFY[name];
    return { ...entry, act: () => server.comfy(name, instance).then(() => (toast({ text: done }), readSystem()), toastError) };
  });
}

const PROCESS = {
  off: "Not kept running now",
  starting: "Is starting",
  running: "Runs",
  backoff: "Starts again in a moment",
  stopped: "Stopped",
  idle: "Starts with the next render",
  failed: "Does not start any more",
  external: "Started by you, not by video_queue",
};

/** The process of comfy.command: since when, which, and why not. @param {{process: Api.ComfyProcess}} props */
function ComfyProcess({ process }) {
  const { state, since, pid, adopted, message } = process;
  const facts = [since && `since ${exactTime(since)}`, pid && `pid ${pid}`, adopted && "started by an earlier vq"];
  return html`<p class="small num">${[PROCESS[state] ?? state, ...facts.filter(Boolean)].join(" · ")}</p>
    ${message && html`<p class="dim small wrap">${sentence(message)}</p>`}`;
}

/** Its last lines; while they are unfolded they are followed, and the newest stay in view until one scrolls up. */
function ComfyLog({ lines }) {
  const open = useSignal(false);
  const box = useRef(null);
  const atEnd = useRef(true);
  useEffect(() => {
    if (!open.value) return undefined;
    const timer = setInterval(() => !document.hidden && readSystem().catch(() => undefined), FOLLOW);
    return () => clearInterval(timer);
  }, [open.value]);
  useEffect(() => {
    if (box.current && atEnd.current) box.current.scrollTop = box.current.scrollHeight;
  }, [open.value, lines?.at(-1), lines?.length]);
  const scrolled = ({ target }) => (atEnd.current = target.scrollHeight - target.scrollTop - target.clientHeight < 8);
  if (!lines?.length) return null;
  return html`<details class="part" onToggle=${(event) => (open.value = event.target.open)}>
    <summary>What ComfyUI prints</summary>
    <pre ref=${box} class="log" tabindex="0" aria-label="Log of ComfyUI" onScroll=${scrolled}>${lines.join("\n")}</pre>
  </details>`;
}

/** Two folders on one disk are shown once. @param {Api.Disk[]} disks */
function distinct(disks) {
  const seen = new Map(disks.map((disk) => [`${disk.free} ${disk.total}`, disk]));
  return [...seen.values()];
}

/** @param {{disk: Api.Disk}} props */
function Disk({ disk }) {
  const { free, total } = disk;
  return html`<div class="fact-block">
    <h2>Disk</h2>
    <p class="num">${free !== null && total ? `${bytes(free)} free` : "away"}</p>
    ${free !== null && total && html`<p class="num dim small">${percent(1 - free / total)} of ${bytes(total)} used</p>`}
    <p class="mono small dim wrap">${disk.path}</p>
  </div>`;
}

const ORDER = ["fail", "warn", "ok"];

/** What can be done about a check from here: by its name, without the number of a watch. */
const WAYS = {
  comfyui: { text: "Set its address", href: "#/settings/comfy" },
  "disk of the outputs": { text: "Show the setting", href: "#/settings/min_free_gb" },
  "disk of the home": { text: "Show the setting", href: "#/settings/min_free_gb" },
  watch: { text: "Show the folders", href: "#/watches" },
  inotify: { text: "Show the folders", href: "#/watches" },
  ffmpeg: { text: "Set another one", href: "#/settings/ffmpeg" },
  access: { text: "Set a token", href: "#/settings/server" },
  confinement: { text: "Show the setting", href: "#/settings/confine" },
  settings: { text: "Show all settings", href: "#/settings" },
  workflows: { text: "Show the workflows", href: "#/workflows" },
};

/** Problems first, each with a button. @param {{checks: Api.Check[]}} props */
function Checks({ checks }) {
  const sorted = [...(checks ?? [])].sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state));
  const problems = sorted.filter(({ state }) => state !== "ok").length;
  return html`<section class="part" aria-label="Checks" aria-busy=${checks ? undefined : "true"}>
    <h2>Checks ${checks && html`<span class="num dim">${problems ? `${problems} to put right` : "all is fine"}</span>`}</h2>
    ${!checks && html`<p class="dim">Checking everything. This takes a few seconds.</p>`}
    <ul class="checks">
      ${sorted.map(
        (check) => html`<li key=${check.name} class="check-line">
          <${StateMark} state=${check.state} />
          <span class="check-name">${checkName(check.name)}</span>
          <span class="wrap">${check.message}${check.fix && html`<span class="dim check-fix">${check.fix}</span>`}</span>
          ${check.state !== "ok" && html`<${Way} check=${check} />`}
        </li>`,
      )}
    </ul>
  </section>`;
}

/** @param {{check: Api.Check}} props */
function Way({ check }) {
  const way = WAYS[check.name.replace(/ \d+$/, "")];
  if (way) return html`<a class="button" href=${way.href}>${way.text}</a>`;
  const [command] = check.fix.match(/\bvq [a-z]+( [a-z_.-]+)*/) ?? [];
  const copy = () => navigator.clipboard.writeText(command ?? "").then(() => toast({ text: "Copied the command", hint: command }), toastError);
  if (command) return html`<button type="button" onClick=${copy}>Copy the command</button>`;
  return html`<button type="button" onClick=${() => readDoctor().catch(toastError)}>Check again</button>`;
}
