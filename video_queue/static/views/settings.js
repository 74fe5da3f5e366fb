// Every setting with what it means, its default and where its value comes from. Each is written when it is changed.
// Those that let more in (programs, folders, access) are changed by `vq config` only; their command can be copied.
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { html } from "../lib/html.js";
import { server } from "../lib/more_api.js";
import { route } from "../lib/router.js";
import { shown } from "../lib/text.js";
import { ErrorLine } from "../ui/error_line.js";
import { Icon } from "../ui/icons.js";
import { Strip } from "../ui/strip.js";
import { toast, toastError } from "../ui/toasts.js";

const GROUPS = [
  ["comfy", "ComfyUI"], ["server", "Server and access"], ["", "Folders and work"], ["retry", "Retries"], ["timeouts", "Timeouts"],
  ["affinity", "Order of renders"], ["notify", "Notifications"], ["keep", "What is kept"], ["limits", "Limits"],
];
const ORIGINS = { file: "set in vq.toml", environment: "set by the environment", flag: "set by a flag of vq serve" };
/** Secrets come as stars. */
const hidden = (value) => JSON.stringify(value ?? "").includes("***");
const said = (key, value) => (value === null && /^keep\.|_after$/.test(key) ? "never" : shown(Array.isArray(value) ? value.join(", ") : value));
const groupOf = (key) => (key.includes(".") ? key.split(".")[0] : "");

export function SettingsView() {
  const list = useSignal(null);
  const failure = useSignal(null);
  const restart = useSignal(false);
  useEffect(() => {
    server.settings().then(({ items }) => (list.value = items.filter((item) => item.help)), (error) => (failure.value = error));
  }, []);
  const change = async (key, value) => {
    const { items, restart_needed: needed } = await server.changeSettings({ [key]: value });
    list.value = items.filter((item) => item.help);
    if (needed) restart.value = true;
  };
  const items = list.value ?? [];
  const known = new Set(GROUPS.map(([name]) => name));
  const others = [...new Set(items.map((item) => groupOf(item.key)).filter((name) => !known.has(name)))].map((name) => [name, name]);
  return html`<div class="page" aria-busy=${list.value || failure.value ? undefined : "true"}>
    <header class="page-head"><h1>Settings</h1></header>
    <div role="status">${restart.value && html`<${Strip} tone="partial" icon="retry" text="Restart the server to use what was changed." way="What runs is put back and goes on after that." />`}</div>
    ${failure.value && html`<${ErrorLine} error=${failure.value} />`}
    ${[...GROUPS, ...others].map(([name, title]) => html`<${Group} key=${name} title=${title} items=${items.filter((item) => groupOf(item.key) === name)} change=${change} />`)}
  </div>`;
}

/** @param {{title?: any, items: Api.Setting[], change?: any}} props */
function Group({ title, items, change }) {
  if (!items.length) return null;
  return html`<section class="part" aria-label=${title}><h2>${title}</h2>${items.map((item) => html`<${Setting} key=${item.key} item=${item} change=${change} />`)}</section>`;
}

/** @param {{item: Api.Setting, change?: any}} props */
function Setting({ item, change }) {
  const line = useRef(null);
  const failure = useSignal(null);
  const { key, help, value, origin, guarded } = item;
  const wanted = route.value.rest[0];
  const here = wanted && (key === wanted || key.startsWith(`${wanted}.`) || key.startsWith(`${wanted}_`));
  useEffect(() => {
    if (here && (key === wanted || document.querySelector(".setting[data-here]") === line.current)) line.current.scrollIntoView({ block: "center" });
  }, [wanted]);
  const set = (fresh) =>
    change(key, fresh).then(
      () => {
        failure.value = null;
        toast({ text: fresh === null ? `${key} is at its default` : `${key} is ${said(key, fresh)}` });
      },
      (error) => (failure.value = error),
    );
  const fixed = origin === "environment" || origin === "flag";
  const free = !fixed && !guarded;
  return html`<div class="setting" ref=${line} data-here=${here ? "" : undefined}>
    <div class="setting-words">
      <label class="mono" for=${`set-${key}`}>${key}</label>
      <p id=${`help-${key}`}>${help}</p>
      <p class="dim small wrap">Default: ${said(key, item.default)}${ORIGINS[origin] ? ` · ${ORIGINS[origin]}` : ""}</p>
    </div>
    <div class="setting-control">
      ${free ? html`<${Control} item=${item} set=${set} invalid=${Boolean(failure.value)} />` : html`<output id=${`set-${key}`} class="wrap">${said(key, value)}</output>`}
      ${free && origin === "file" && html`<button type="button" class="quiet" onClick=${() => set(null)}>Default</button>`}
      ${!fixed && guarded && html`<${CopyCommand} item=${item} />`}
    </div>
    ${failure.value && html`<${ErrorLine} error=${failure.value} />`}
  </div>`;
}

/** @param {{item: Api.Setting}} props */
function CopyCommand({ item }) {
  const copy = () =>
    navigator.clipboard.writeText(`vq config ${item.key} `).then(
      () => toast({ text: "Copied the command", hint: "In a terminal: add the value. What lets more in is not changed by a page." }),
      toastError,
    );
  return html`<button type="button" class="quiet" onClick=${copy}><${Icon} name="file" />Copy command</button>`;
}

/** What is typed, as the server takes it; nothing typed is the default. */
function typed(text, kind) {
  if (text.trim() === "") return null;
  if (kind === "list") return text.split(",").map((part) => part.trim()).filter(Boolean);
  const figure = Number(text);
  return kind === "number" || (kind === "text" && /^\d+(\.\d+)?$/.test(text)) ? (Number.isNaN(figure) ? text : figure) : text;
}

/** @param {{item: Api.Setting, set?: any, invalid?: any}} props */
function Control({ item: { key, value, kind, choices, help }, set, invalid }) {
  const common = { id: `set-${key}`, "aria-describedby": `help-${key}`, "aria-invalid": invalid ? "true" : undefined, title: help };
  if (kind === "switch") return html`<input type="checkbox" ...${common} checked=${value} onChange=${(event) => set(event.target.checked)} />`;
  if (kind === "choice") return html`<select ...${common} value=${value} onChange=${(event) => set(event.target.value)}>${choices.map((name) => html`<option key=${name} value=${name}>${name}</option>`)}</select>`;
  if (hidden(value)) return html`<input type="text" ...${common} value="" placeholder="set, not shown" spellcheck="false" onChange=${(event) => event.target.value && set(typed(event.target.value, kind))} />`;
  const text = Array.isArray(value) ? value.join(", ") : (value ?? "");
  return html`<input type="text" inputmode=${kind === "number" ? "decimal" : undefined} ...${common} value=${text} placeholder=${said(key, null)} spellcheck="false" onChange=${(event) => set(typed(event.target.value, kind))} />`;
}
