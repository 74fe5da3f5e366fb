// Tonight: when all that waits is done, whether the disk and the models suffice, what stands in the way (a button each),
// and what comes then.
import { effect, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { about, bytes, sentence } from "../lib/text.js";
import { duration, number, plural, seconds } from "../lib/format.js";
import { html } from "../lib/html.js";
import { jobHref } from "../lib/router.js";
import { nightApi } from "../lib/night_api.js";
import { actOnMany } from "../jobs/many.js";
import { soon } from "../lib/soon.js";
import { clockTime } from "../state/days.js";
import { now, queue, readQueue } from "../state/store.js";
import { ErrorLine } from "../ui/error_line.js";
import { Icon } from "../ui/icons.js";
import { toast, toastError } from "../ui/toasts.js";
import { NightHead } from "./night.js";
import { Need } from "./night_needs.js";

const PACE = 3000;
const ROUND = 300;
const ENDS = { sleep: "the machine goes to sleep", shutdown: "the machine shuts down", command: "your command is run" };
const MODELS = {
  unused: ["circle", "queued", "No render that waits needs a model."],
  present: ["check", "succeeded", "All models that waiting renders name are there."],
  missing: ["cross", "failed", "Something that waiting renders name is missing in ComfyUI."],
  unknown: ["hourglass", "partial", "Not known until ComfyUI answers."],
};

export function TonightView() {
  const plan = useSignal(null);
  const failure = useSignal(null);
  const read = async () => {
    try {
      plan.value = await nightApi.tonight();
      failure.value = null;
    } catch (error) {
      failure.value = error;
    }
  };
  useEffect(() => {
    read();
    return effect(() => {
      if (queue.value) soon("tonight", read, PACE);
    });
  }, []);
  const send = (work) => work().then(() => Promise.all([read(), readQueue()])).catch(toastError);
  const act = (way, item) => {
    const before = way.undo?.(plan.peek());
    return send(async () => {
      await way.act(item);
      if (before) toast({ text: way.said, undo: () => void send(() => nightApi.queue(before)) });
    });
  };
  const { value } = plan;
  return html`<div class="page night" aria-busy=${value || failure.value ? undefined : "true"}>
    <${NightHead} here="tonight" title=${value ? titleOf(value) : "Tonight"}>${value && html`<p class="dim num">${summary(value)}</p>`}<//>
    ${failure.value && html`<${ErrorLine} error=${failure.value} />`}
    ${value && html`<${Obstacles} obstacles=${value.obstacles} act=${act} /><${Facts} plan=${value} />`}
  </div>`;
}

/** @param {Api.Tonight} plan */
function titleOf({ waiting, done_at: done, seconds: work }) {
  if (!waiting) return "Nothing waits to be done";
  if (done) return `Done about ${clockTime(Math.ceil(seconds(done) / ROUND) * ROUND, now.value)}`;
  return work ? `About ${duration(work[1])} of work, when it goes on` : "When it is done is not known yet";
}

/** @param {Api.Tonight} plan */
function summary({ waiting, seconds: work, done_at: done, now: at }) {
  if (!waiting) return "New jobs may be added at any time.";
  const renders = `${plural(waiting, "render")} to do.`;
  if (!work) return `${renders} Nothing like them was measured yet.`;
  const [low, , high] = work;
  const range = done ? ` Between ${clockTime(seconds(at) + low, now.value)} and ${clockTime(seconds(at) + high, now.value)}, by what earlier runs took.` : ` ${about(low, high)}, by what earlier runs took.`;
  return renders + range;
}

const BUTTONS = {
  paused: { text: "Resume", act: () => nightApi.queue({ action: "resume" }), said: "The queue goes on", undo: () => ({ action: "pause", mode: "after_current", until: queue.peek()?.until ?? undefined }) },
  schedule: { text: "No pauses", act: () => nightApi.queue({ action: "pause", schedule: "off" }), said: "The queue pauses no more by the clock", undo: (plan) => ({ action: "pause", schedule: plan.schedule }) },
  held: { text: "Release", act: ({ id }) => actOnMany({ action: "release", ids: [String(id)] }, undefined, "Released") },
  review: { text: "Review", href: ({ id }) => jobHref(id) },
  refused: { text: "Show the job", href: ({ id }) => jobHref(id) },
  watch: { text: "Show the folder", href: () => "#/watches" },
  lane: { text: "Show the system", href: () => "#/system" },
  disk: { text: "Show the disks", href: () => "#/system" },
};
const SIGNS = { schedule: ["clock", "queued"], review: ["eye", "review"], held: ["pause", "partial"], paused: ["pause", "partial"] };

/** @param {{obstacles: Api.Obstacle[], act?: any}} props */
function Obstacles({ obstacles, act }) {
  if (!obstacles.length) return html`<p class="state" data-tone="succeeded"><${Icon} name="check" /><span class="state-word">Nothing stands in the way.</span></p>`;
  return html`<section class="part" aria-labelledby="in-the-way">
    <h2 id="in-the-way">In the way <span class="num dim">${number(obstacles.length)}</span></h2>
    <ul class="needs">${obstacles.map((item) => html`<${Obstacle} key=${`${item.kind} ${item.id} ${item.text}`} item=${item} act=${act} />`)}</ul>
  </section>`;
}

/** @param {{item: Api.Obstacle, act?: any}} props */
function Obstacle({ item, act }) {
  const [icon, tone] = SIGNS[item.kind] ?? ["alert", "failed"];
  const way = BUTTONS[item.kind];
  const button = way.href ? html`<a class="button" href=${way.href(item)}>${way.text}</a>` : html`<button type="button" onClick=${() => act(way, item)}>${way.text}</button>`;
  return html`<${Need} icon=${icon} tone=${tone} button=${button}>
    <p>${sentence(item.text)}</p>
    <p class="dim small num">${[item.hint, item.prompts && `${plural(item.prompts, "render")}.`].filter(Boolean).join(" ")}</p>
  <//>`;
}

/** @param {{plan: Api.Tonight}} props */
function Facts({ plan }) {
  const { disks, models, when_done: then } = plan;
  return html`<section class="part tonight-facts" aria-label="What it needs">
    ${disks.map((disk) => html`<${Disk} key=${disk.path} disk=${disk} unknown=${plan.unknown_sizes} />`)}
    <${Fact} title="Models" sign=${MODELS[models]} />
    <${Fact} title="When all is done" sign=${["moon", "queued", sentence(ENDS[then.action] ? `${ENDS[then.action]} after ${duration(then.seconds)}` : "the machine stays on")]}>
      <p class="dim small">${then.awake ? "It does not fall asleep before." : "It may fall asleep before, as its system is set."} <a href="#/settings/when_done">Change</a></p><//>
    <${Fact} title="Who is told" sign=${["bell", "queued", then.channels.length ? `The inbox, and ${then.channels.join(", ")}.` : "The inbox only."]}>
      <p class="dim small"><a href="#/settings/notify">Change</a></p><//>
  </section>`;
}

function Fact({ title, sign: [icon, tone, text], children }) {
  return html`<div class="tonight-fact">
    <h2>${title}</h2>
    <p><span class="state" data-tone=${tone}><${Icon} name=${icon} /></span> ${text}</p>
    ${children}
  </div>`;
}

function Disk({ disk, unknown }) {
  const { free, needed, kept_free: kept, path } = disk;
  if (free === null) return html`<${Fact} title="Disk" sign=${["alert", "failed", `${path} is away.`]} />`;
  const enough = free >= needed + kept;
  const use = Math.min(1, needed / Math.max(1, free - kept));
  const words = needed ? `${bytes(needed)} needed, ${bytes(free)} free.` : `${bytes(free)} free.`;
  return html`<${Fact} title="Disk" sign=${enough ? ["check", "succeeded", words] : ["cross", "failed", words]}>
    <div class="progress" aria-hidden="true"><div class="progress-fill" data-tone=${enough ? "queued" : "failed"} style=${{ transform: `scaleX(${enough ? use : 1})` }}></div></div>
    <p class="dim small wrap"><span class="mono">${path}</span>${kept > 0 && `, ${bytes(kept)} are kept free`}${unknown > 0 && `. How large ${plural(unknown, "render")} become is not known yet`}</p><//>`;
}
