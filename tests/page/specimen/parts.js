// The generic parts: static/ui/.
import { signal } from "@preact/signals";
import { html } from "/lib/html.js";
import { STATES } from "/lib/words.js";
import { keepJob } from "/state/store.js";
import { Chart } from "/ui/chart.js";
import { ErrorLine } from "/ui/error_line.js";
import { Icon, IconButton } from "/ui/icons.js";
import { Menu } from "/ui/menu.js";
import { Poster } from "/ui/poster.js";
import { Progress } from "/ui/progress.js";
import { ScrubCell } from "/ui/scrub_cell.js";
import { Scrub } from "/ui/scrub.js";
import { SegmentedBar } from "/ui/segments.js";
import { JobMark, StateMark } from "/ui/state_mark.js";
import { Strip } from "/ui/strip.js";
import { ThemeToggle } from "/ui/theme_toggle.js";
import { Thumbnail } from "/ui/thumbnail.js";
import { WindowedList } from "/ui/windowed_list.js";
import { artifact, ERROR, job, JOB_STATES } from "/specimen/made_up.js";
import { Group, Show } from "/specimen/show.js";

const names = [...(await (await fetch("/ui/icons.js")).text()).matchAll(/^ {2}(\w+): "M/gm)].map(([, name]) => name);
const TONES = ["queued", "running", "review", "succeeded", "partial", "failed", "cancelled"];
const counts = (some) => signal({ queued: 0, running: 0, review: 0, succeeded: 0, failed: 0, cancelled: 0, ...some });
const BARS = [[{ queued: 8 }, 0], [{ succeeded: 3, running: 1, queued: 4 }, 0.4], [{ succeeded: 5, failed: 2, cancelled: 1 }, 1], [{ review: 2, succeeded: 6 }, 0.75], [{}, 0]];
const BUTTONS = [["", "Plain"], ["primary", "Primary"], ["quiet", "Quiet"], ["danger", "Danger"], ["link", "Link"], ["chip", "Chip"]];
const HOURS = Array.from({ length: 24 }, (_, hour) => 1_767_225_600 + hour * 3600);
const CHART = [HOURS, HOURS.map((_, hour) => 3 + ((hour * 7) % 11)), HOURS.map((_, hour) => (hour % 6 ? 0 : 2))];
const LINES = Array.from({ length: 400 }, (_, at) => ({ key: `line-${at}` }));
const heightOf = () => 40;

/** @type {Api.Artifact["kind"][]} */
const KINDS = ["video", "image", "audio", "text", "other"];

export function Parts() {
  return html`
    <${Group} title="Marks">
      ${Object.keys(STATES).map((state) => html`<${Show} key=${state} of="StateMark" as=${state}><${StateMark} state=${state} /><//>`)}
      <${Show} of="StateMark" as="unknown"><${StateMark} state="unheard" /><//>
      ${JOB_STATES.map((state, at) => html`<${Show} key=${state} of="JobMark" as=${state}><${JobMark} job=${keepJob(job(state, at + 1))} /><//>`)}
      <${Show} of="JobMark" as="on hold"><${JobMark} job=${keepJob(job("queued", 20, { held: true, name: "Interview, later" }))} /><//>
      <${Show} of="Icon" as="all" wide><span class="shown-icons">${names.map((name) => html`<span key=${name}><${Icon} name=${name} /> <small class="dim">${name}</small></span>`)}</span><//>
    <//>
    <${Group} title="Buttons">
      ${BUTTONS.map(([kind, text]) => html`<${Show} key=${kind} of="button" as=${kind}><button type="button" class=${kind}><${Icon} name="plus" />${text}</button> <button type="button" class=${kind} disabled>${text}</button><//>`)}
      <${Show} of="IconButton"><${IconButton} icon="bell" label="Inbox" /><${IconButton} icon="dice" label="Draw a seed" disabled /><//>
      <${Show} of="Menu" as="closed"><${Menu} label="What to do" items=${() => []} /> <${Menu} label="Pause" text="Pause" items=${() => []} /><//>
      <${Show} of="ThemeToggle"><${ThemeToggle} /><//>
      <${Show} of="tag"><span class="tag">client</span> <span class="tag small">a-long-tag</span><//>
    <//>
    <${Group} title="Progress">
      ${[0, 0.37, 1].map((value) => html`<${Show} key=${value} of="Progress" as=${String(value)}><${Progress} value=${value} label="Progress" /><//>`)}
      ${TONES.map((tone) => html`<${Show} key=${tone} of="Progress" as=${tone}><${Progress} value=${0.6} label="Progress" tone=${tone} /><//>`)}
      ${BARS.map(([some, done], at) => html`<${Show} key=${at} of="SegmentedBar" as=${Object.keys(some).join(", ") || "no renders yet"}>
        <${SegmentedBar} counts=${counts(some)} total=${signal(Object.values(some).reduce((sum, n) => sum + n, 0))} progress=${signal(done)} /><//>`)}
      <${Show} of="Chart" wide><${Chart} label="Renders in an hour" data=${CHART} step=${3600} words=${(at) => `${new Date(at * 1000).getUTCHours()} h`} series=${[{ label: "Done", tone: "succeeded" }, { label: "Failed", tone: "failed" }]} /><//>
    <//>
    <${Group} title="Pictures">
      ${KINDS.map((kind) => html`<${Show} key=${kind} of="Thumbnail" as=${kind}><${Thumbnail} artifact=${artifact(kind, 3)} /><//>`)}
      <${Show} of="Thumbnail" as="none"><${Thumbnail} artifact=${null} /><//>
      ${[["of an output", 3], ["of an input", "/clips/beach.mp4"], ["none", null], ["cannot be read", 999]].map(([as, poster]) => html`<${Show} key=${as} of="Poster" as=${as}><span class="thumb"><${Poster} poster=${poster} /></span><//>`)}
      <${Show} of="Scrub"><${Scrub} id=${3}><${Thumbnail} artifact=${artifact("video", 3)} /><//><//>
      <${Show} of="ScrubCell"><span class="shown-scrub"><${ScrubCell} id=${3} at=${0.4} /></span><//>
    <//>
    <${Group} title="Lines">
      <${Show} of="ErrorLine" wide><${ErrorLine} error=${ERROR} /><//>
      ${["partial", "failed", "queued"].map((tone) => html`<${Show} key=${tone} of="Strip" as=${tone} wide><${Strip} tone=${tone} text="The disk is almost full." way="Free some space and work goes on by itself." button=${html`<button type="button">Show it</button>`} /><//>`)}
      <${Show} of="WindowedList" wide><div class="shown-list"><${WindowedList} items=${LINES} heightOf=${heightOf} renderRow=${(item) => html`<span>${item.key}</span>`} isChosen=${() => false} label="Lines" /></div><//>
    <//>`;
}
