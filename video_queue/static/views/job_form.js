// The form of a new job: the files, the values and what varies, when and where; below it what will be submitted.
import { signal, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { api, post } from "../lib/api.js";
import { server } from "../lib/more_api.js";
import { ErrorLine } from "../ui/error_line.js";
import { Icon } from "../ui/icons.js";
import { lazyPart } from "../ui/lazy.js";
import { Draft } from "../state/draft.js";
import { drafts, making } from "../state/drafts.js";
import { dropped } from "../state/dropped.js";
import { html } from "../lib/html.js";

const DropInputs = lazyPart(() => import("../forms/drop_inputs.js").then((module) => module.DropInputs));
const FieldSets = lazyPart(() => import("../forms/field_sets.js").then((module) => module.FieldSets));
const JobOptions = lazyPart(() => import("../forms/job_options.js").then((module) => module.JobOptions));
const Summary = lazyPart(() => import("../forms/summary.js").then((module) => module.Summary));
const failure = signal(null);
const ALL = "#/new?all=1";
/** So many seeds are tried, the first of them the one of the render that pleased. */
const MORE = "8";

const keyOf = (workflow, from, way) => `${workflow} ${from ?? ""}${way && ` ${way}`}`;

async function openDraft(workflow, from, way) {
  const key = keyOf(workflow, from, way);
  if (!drafts.has(key)) {
    const [schema, first] = await Promise.all([server.schema(workflow), submissionOf(from)]);
    const draft = new Draft(schema, first?.submission);
    if (way === "folder") draft.takeFolder();
    if (way === "file" && draft.slots.length) draft.slots[0].focusFirst = true;
    if (way === "more") draft.variations.openSeeds(MORE);
    drafts.set(key, draft);
  }
  return drafts.get(key);
}

/** What a draft begins with: a job (`12`), a render (`12.3`), or nothing; dropped files are gone with the page. */
function submissionOf(from) {
  if (/^\d+$/.test(from)) return api.job(from);
  return /^\d+\.\d+$/.test(from) ? post("/restore", { id: from }) : null;
}

/** What lies on the table goes to the first place of the form that takes it. */
function takeDropped(draft) {
  for (const slot of draft.slots) slot.take(dropped, ({ name, kind }) => kind === "folder" || slot.fits(name));
  draft.nameByFolder();
  const left = draft.slots.length ? dropped.entries.peek() : [];
  if (!left.length) return;
  dropped.clear();
  import("../forms/take_drop.js").then(({ sayRefused }) => sayRefused(left, draft.slots[0].kind)).catch(() => undefined);
}

/** For another workflow the files lie on the table again. */
function layDown(draft) {
  for (const slot of draft.slots) dropped.take(slot);
}

/** The form of a workflow, filled as the job or render `from` was submitted; `way` is "folder" for the files of a whole
 * folder in the place of its inputs, "more" for more seeds, "file" to choose a file at once. */
export function JobForm({ workflow, from, way = "" }) {
  const draft = useSignal(null);
  useEffect(() => {
    failure.value = null;
    let end = () => undefined;
    let gone = false;
    openDraft(workflow, from, way)
      .then((opened) => {
        if (gone) return;
        draft.value = opened;
        making.value = opened;
        takeDropped(opened);
        end = opened.follow();
      })
      .catch((error) => {
        failure.value = error;
      });
    return () => {
      gone = true;
      if (making.peek() === draft.peek()) making.value = null;
      end();
    };
  }, []);
  if (failure.value) return html`<${ErrorLine} error=${failure.value} /><p><a href=${ALL}>All workflows</a></p>`;
  if (!draft.value) return html`<p class="dim" aria-busy="true">One moment.</p>`;
  return html`<${DraftForm} draft=${draft.value} way=${way} onSent=${() => drafts.delete(keyOf(workflow, from, way))} />`;
}

function DraftForm({ draft, way, onSent }) {
  const { description } = draft.form.schema;
  const heading = useRef(null);
  useEffect(() => {
    if (way !== "file") heading.current.focus({ preventScroll: true });
  }, []);
  return html`<form class="new-job" novalidate onSubmit=${(event) => event.preventDefault()}>
    <header class="new-head">
      <p><a class="back" href=${ALL} onClick=${() => layDown(draft)}><${Icon} name="flow" />All workflows</a></p>
      <h1 ref=${heading} tabindex="-1">${draft.title}</h1>
      ${description && html`<p class="dim">${description}</p>`}
    </header>
    <div class="new-fields">
      ${draft.slots.map((inputs) => html`<${DropInputs} key=${inputs.slot} inputs=${inputs} complaints=${inputProblems(draft, inputs)} complaintAt=${(index) => draft.inputProblem(inputs, index)} />`)}
      <${FieldSets} draft=${draft} />
      <${JobOptions} draft=${draft} />
    </div>
    <${Summary} draft=${draft} onSent=${onSent} />
  </form>`;
}

/** Problems of the inputs as a whole; those of a single file are shown at the file. */
function inputProblems(draft, inputs) {
  const problems = draft.problems().filter(({ loc }) => loc[0] === "input_dir" || (loc[0] === "inputs" && typeof loc.at(-1) !== "number"));
  const mine = inputs.slot ? problems.filter(({ loc }) => loc.length < 2 || loc.includes(inputs.slot)) : problems;
  return [...new Set(mine.map((problem) => problem.message))];
}
