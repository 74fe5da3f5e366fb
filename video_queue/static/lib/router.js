// Where the page is, as one signal that follows the address: #/queue?state=failed, #/jobs/12, #/new/transcode.
// Links are plain <a href="#/...">, so Back, new tabs and bookmarks work by themselves.
import { computed, signal } from "@preact/signals";

function parse(hash) {
  const [path, query = ""] = hash.replace(/^#\/?/, "").split("?");
  const [view = "", ...rest] = path.split("/").map(readable);
  return { view: view || "queue", rest, query: new URLSearchParams(query) };
}

function readable(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export const route = signal(parse(location.hash));

addEventListener("hashchange", () => {
  route.value = parse(location.hash);
});

export function go(hash, { replace = false } = {}) {
  if (!replace) {
    location.hash = hash;
    return;
  }
  history.replaceState(null, "", hash);
  route.value = parse(hash);
}

/** The job that is open beside the list, if one is. */
export const openJob = computed(() => {
  const { view, rest } = route.value;
  return view === "jobs" && /^[1-9][0-9]{0,15}$/.test(rest[0] ?? "") ? Number(rest[0]) : null;
});

const query = computed(() => route.value.query.toString());

/** What the list is filtered by. Kept while a job is open, because its address carries the same words. */
export const filter = computed(() => {
  const words = new URLSearchParams(query.value);
  return {
    state: words.getAll("state"),
    workflow: words.get("workflow") ?? "",
    q: words.get("q") ?? "",
    archived: words.has("archived"),
  };
});

function filterQuery({ state, workflow, q, archived }) {
  const words = new URLSearchParams(state.map((name) => ["state", name]));
  if (workflow) words.set("workflow", workflow);
  if (q) words.set("q", q);
  if (archived) words.set("archived", "1");
  const text = words.toString();
  return text ? `?${text}` : "";
}

/** Filter otherwise; Back leads to the filter before, unless that is replaced: while one is typed. */
export function setFilter(changes, { replace = false } = {}) {
  const words = filterQuery({ ...filter.value, ...changes });
  const place = openJob.value === null ? "#/queue" : `#/jobs/${openJob.value}`;
  go(place + words, { replace });
}

export const jobHref = (id) => `#/jobs/${id}${filterQuery(filter.value)}`;
export const queueHref = () => `#/queue${filterQuery(filter.value)}`;
export const newHref = (workflow, from) =>
  `#/new${workflow ? `/${encodeURIComponent(workflow)}` : ""}${from ? `?from=${from}` : ""}`;
