// A workflow's draft while it is changed: which parameters stay, their order, titles and ranges.
import { signal } from "@preact/signals";

/** @param {Api.ImportedWorkflow} imported */
export function draftOf(imported) {
  const parameters = Object.entries(imported.definition.parameters ?? {});
  return {
    imported,
    name: signal(imported.name),
    title: signal(imported.definition.title ?? imported.name),
    rows: signal(parameters.map(([name, keys]) => ({ name, keys: { ...keys }, kept: true }))),
    /** The file as text, once it was changed by hand: it then counts alone. */
    yaml: signal(null),
    problems: signal(imported.problems),
    warnings: signal(imported.warnings),
  };
}

export function changeRow(draft, name, change) {
  draft.rows.value = draft.rows.value.map((row) => (row.name === name ? { ...row, ...change } : row));
}

/** Keys of a parameter; an empty one is left out. */
export function changeKeys(draft, row, keys) {
  const changed = { ...row.keys, ...keys };
  changeRow(draft, row.name, { keys: Object.fromEntries(Object.entries(changed).filter(([, value]) => value !== null)) });
}

export function moveRow(draft, index, by) {
  const rows = [...draft.rows.value];
  const [row] = rows.splice(index, 1);
  rows.splice(index + by, 0, row);
  draft.rows.value = rows;
}

/** What the server takes as a draft. */
export function bodyOf(draft) {
  const { definition, graphs, source, sha256 } = draft.imported;
  if (draft.yaml.peek() !== null) return { yaml: draft.yaml.peek(), graphs };
  const rows = draft.rows.peek();
  const left = rows.filter((row) => !row.kept);
  return {
    graphs,
    source,
    sha256,
    definition: {
      ...definition,
      name: draft.name.peek(),
      title: draft.title.peek(),
      parameters: Object.fromEntries(rows.filter((row) => row.kept).map((row) => [row.name, row.keys])),
      phases: definition.phases.map((phase) => without(phase, left)),
      ...(definition.output && { output: { ...definition.output, name: left.reduce(withoutName, definition.output.name) } }),
    },
  };
}

const reference = (row) => `{{ params.${row.name} }}`;

/** A phase that does not set what was left out: the graph's own values and files stay. */
function without(phase, left) {
  const gone = new Map(left.map((row) => [reference(row), row.keys.default]));
  const kept = (bindings) => Object.fromEntries(Object.entries(bindings).filter(([, value]) => !gone.has(value)));
  const given = Object.entries(phase.with ?? {}).map(([key, value]) => [key, gone.has(value) ? gone.get(value) : value]);
  return {
    ...phase,
    ...(phase.set && { set: kept(phase.set) }),
    ...(phase.files && { files: kept(phase.files) }),
    ...(phase.with && { with: Object.fromEntries(given) }),
  };
}

const withoutName = (name, row) => name.replaceAll(`_${reference(row)}`, "").replaceAll(reference(row), "");
