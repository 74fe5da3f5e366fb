// The form of a new job: the files, the values, what varies; beside it a summary of what will be submitted.
import { signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { api, post } from "../lib/api.js";
import { server } from "../lib/more_api.js";
import { ErrorLine } from "../ui/error_line.js";
import { Icon } from "../ui/icons.js";
import { lazyPart } from "../ui/lazy.js";
import { Draft } from "../state/draft.js";
import { drafts } from "../state/drafts.js";
import { html } from "../lib/html.js";
import { dropped, filesOf } from "../state/dropped.js";
import { newHref } from "../lib/router.js";

const drops = () => import("../forms/drop_inputs.js");
const DropInputs = lazyPart(() => import("../forms/drop_inputs.js").then((module) => module.DropInputs));
const FieldSets = lazyPart(() => import("../forms/field_sets.js").then((module) => module.FieldSets));
const Summary = lazyPart(() => import("../forms/summary.js").then((module) => module.Summary));
const VariationEditor = lazyPart(() => import("../forms/variation_editor.js").then((module) => module.VariationEditor));
const failure = signal(null);
/** So many seeds are tried, the first of them the one of the render that pleased. */
const MORE = "8";

const keyOf = (workflow, from, way) => `${workflow} ${from ?? ""}${way && ` ${way}`}`;

async function openDraft(workflow, from, way) {
  const key = keyOf(workflow, from, way);
  if (!drafts.has(key)) {
    const [schema, first] = await Promise.all([server.schema(workflow), submissionOf(from)]);
    const draft = new Draft(schema, first?.submission);
    if (way === "folder") draft.takeFolder();
    if (way === "more") draft.variations.seeds.value = MORE;
    drafts.set(key, draft);
  }
  return drafts.get(key);
}

/** What a draft begins with: a job (`12`), a render (`12.3`), or nothing; dropped files are gone with the page. */
function submissionOf(from) {
  if (/^\d+$/.test(from)) return api.job(from);
  return /^\d+\.\d+$/.test(from) ? post("/restore", { id: from }) : null;
}

/** The form of a workflow, filled as the job or render `from` was submitted; `way` is "folder" for the files of a whole
 * folder in the place of its inputs, "more" for more seeds. */
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
        if (dropped.peek().length && opened.slots.length) {
          opened.slots[0].addFiles(dropped.peek());
          dropped.value = [];
        }
        end = opened.follow();
      })
      .catch((error) => {
        failure.value = error;
      });
    return () => {
      gone = true;
      end();
    };
  }, []);
  if (failure.value) return html`<${ErrorLine} error=${failure.value} /><p><a href=${newHref()}>All workflows</a></p>`;
  if (!draft.value) return html`<p class="dim" aria-busy="true">One moment.</p>`;
  return html`<${DraftForm} draft=${draft.value} onSent=${() => drafts.delete(keyOf(workflow, from, way))} />`;
}

function DraftForm({ draft, onSent }) {
  const drop = (event) => {
    event.preventDefault();
    const files = filesOf(event.dataTransfer); // before anything is awaited: a drop is empty afterwards
    drops().then(({ takeDrop }) => takeDrop(files, draft.slots[0] ?? null));
  };
  const { description } = draft.form.schema;
  return html`<form class="new-job" novalidate onSubmit=${(event) => event.preventDefault()} onDragOver=${(event) => event.preventDefault()} onDrop=${drop}>
    <header class="new-head">
      <p><a class="back" href=${newHref()}><${Icon} name="flow" />All workflows</a></p>
      <h1>${draft.title}</h1>
      ${description && html`<p class="dim lead">${description}</p>`}
    </header>
    <div class="new-fields">
      ${draft.slots.map((inputs) => html`<${DropInputs} key=${inputs.slot} inputs=${inputs} complaints=${inputProblems(draft, inputs)} complaintAt=${(index) => draft.inputProblem(inputs, index)} />`)}
      <${FieldSets} draft=${draft} />
      ${(draft.form.fields.length > 0 || draft.ui.seed) && html`<${VariationEditor} variations=${draft.variations} seedName=${draft.ui.seed} problemsAt=${(...loc) => draft.problemsAt(...loc)} />`}
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
