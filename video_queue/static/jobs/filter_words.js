// Words of the filter completed as they are typed: a key, then its values; arrows choose, Tab or Enter takes.
import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect } from "preact/hooks";
import { html } from "../lib/html.js";
import { server } from "../lib/more_api.js";
import { JOB_STATES, STATES } from "../lib/words.js";
import { workflows } from "../state/store.js";
import { markText } from "./marks.js";

const KEYS = {
  "state:": "where it stands", "workflow:": "what it does", "tag:": "its tag", "since:": "ended or submitted then or later",
  "cause:": "why a render failed", "is:archived": "put away",
};
const TIMES = { today: "since midnight", yesterday: "since the midnight before", "22:00": "since the last 22:00", "3d": "in three days" };
const MOST = 8;
const quoted = (value) => (/\s/.test(value) ? `"${value}"` : value);

/** The word that ends at the caret, and what stands around it. */
function wordAt(text, caret) {
  const before = text.slice(0, caret).match(/(?:[^\s"]|"[^"]*"?)*$/)[0];
  return { start: caret - before.length, word: before, rest: text.slice(caret) };
}

/** What could stand where `word` does, as `[text, what it means]`. */
function completions(word, causes, tags) {
  const [key, value] = word.includes(":") ? word.split(/:(.*)/s) : [word, null];
  if (value === null) return Object.entries(KEYS).filter(([name]) => name.startsWith(key));
  const values = {
    state: () => JOB_STATES.map((name) => [name, STATES[name].word]),
    workflow: () => (workflows.peek() ?? []).map(({ name, title }) => [name, title]),
    tag: () => tags.map((name) => [name, ""]),
    since: () => Object.entries(TIMES),
    cause: () => causes.map(({ code }) => [code, markText(code)]),
  }[key]?.() ?? [];
  const typed = value.replaceAll('"', "").toLowerCase();
  const fits = values.filter(([name]) => name.toLowerCase().startsWith(typed) && name !== typed);
  return fits.map(([name, what]) => [`${key}:${quoted(name)}`, what]);
}

export function Completions({ field, typed, onTake }) {
  const causes = useSignal([]);
  const chosen = useSignal(-1);
  const shut = useSignal(false);
  const { start, word, rest } = wordAt(typed, field.current?.selectionStart ?? typed.length);
  const tags = useSignal([]);
  const key = word.match(/^(cause|tag):/)?.[1];
  useEffect(() => {
    if (key === "cause") server.causes({}).then(({ items }) => (causes.value = items), () => undefined);
    if (key === "tag") server.options("tags").then(({ items }) => (tags.value = items), () => undefined);
  }, [key]);
  // At once with what is drawn: the next key may come before the next frame.
  useLayoutEffect(() => {
    chosen.value = -1;
    shut.value = false;
  }, [typed]);
  useLayoutEffect(() => {
    const input = field.current;
    input.setAttribute("aria-controls", "words");
    return () => {
      input.removeAttribute("aria-controls");
      input.removeAttribute("aria-activedescendant");
      input.setAttribute("aria-expanded", "false");
    };
  }, []);
  const all = shut.value ? [] : completions(word, causes.value, tags.value).slice(0, MOST);
  const take = (text) => onTake(`${typed.slice(0, start)}${text}${text.endsWith(":") ? "" : " "}${rest.trimStart()}`);
  useLayoutEffect(() => {
    const input = field.current;
    input.setAttribute("aria-expanded", all.length ? "true" : "false");
    if (all[chosen.value]) input.setAttribute("aria-activedescendant", `word-${chosen.value}`);
    else input.removeAttribute("aria-activedescendant");
    const press = (event) => {
      const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (!all.length) return;
      if (by) chosen.value = (chosen.value + by + all.length + (chosen.value < 0 && by < 0 ? 1 : 0)) % all.length;
      else if (event.key === "Escape") shut.value = true;
      else if (event.key === "Enter" && all[chosen.value]) take(all[chosen.value][0]);
      else if (event.key === "Tab" && !event.shiftKey && word && (all[chosen.value] || all.length === 1)) take(all[Math.max(0, chosen.value)][0]);
      else return;
      event.preventDefault();
      event.stopPropagation();
    };
    input.addEventListener("keydown", press);
    return () => input.removeEventListener("keydown", press);
  });
  if (!all.length) return html`<div id="words" role="listbox" aria-label="Words of the filter" hidden></div>`;
  const box = field.current.getBoundingClientRect();
  return html`<div
    id="words" class="words" role="listbox" aria-label="Words of the filter" style=${{ "--left": `${box.left}px`, top: `${box.bottom + 4}px` }}
  >${all.map(([text, what], at) => html`<div
      key=${text} id=${`word-${at}`} role="option" class="word" aria-selected=${chosen.value === at ? "true" : "false"}
      onMouseDown=${(event) => (event.preventDefault(), take(text))}
    ><span>${text}</span><span class="dim">${what}</span></div>`)}</div>`;
}
