// A text with suggestions (the ARIA combobox pattern): type freely or choose; all options show until something is typed.
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { html } from "../lib/html.js";
import { IconButton } from "../ui/icons.js";
import { useOptions } from "./options.js";

const MOST = 200;

/** What a model's file says of it, in a line. */
const described = (model) => (model ? [model.title, model.base_model, model.trigger_words.slice(0, 4).join(", ")].filter(Boolean).join(" · ") : "");

function Suggestion({ option, model, source }) {
  if (!model) return option;
  const cut = option.lastIndexOf("/") + 1;
  return html`<span class="model">
    ${model.has_preview && html`<img src=${`/api/options/${source}/preview?name=${encodeURIComponent(option)}`} alt="" loading="lazy" />`}
    <span><span class="dim">${option.slice(0, cut)}</span>${option.slice(cut)}<small class="dim">${described(model)}</small></span>
  </span>`;
}

export function Combobox({ field, id, disabled, ...rest }) {
  const { options, stale, models, describe } = useOptions(field);
  const open = useSignal(false);
  const typed = useSignal("");
  const at = useSignal(-1);
  const input = useRef(null);
  const words = typed.value.toLowerCase().split(/\s+/);
  const fits = (option) => words.every((word) => `${option} ${described(models.get(option))}`.toLowerCase().includes(word));
  const matches = options.filter(fits).slice(0, MOST);

  const show = () => {
    typed.value = "";
    at.value = matches.findIndex((option) => String(option) === String(field.shown.peek() ?? ""));
    open.value = true; // what it offers may still be on its way
  };
  const pick = (option) => {
    field.set(String(option));
    open.value = false;
    input.current.focus();
  };
  const write = (event) => {
    field.set(event.target.value);
    typed.value = event.target.value;
    describe(typed.value);
    at.value = -1;
    open.value = true;
  };
  const key = (event) => {
    const to = { ArrowDown: at.value + 1, ArrowUp: at.value - 1 }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      if (open.value) at.value = (to + matches.length) % Math.max(1, matches.length);
      else show();
    } else if (event.key === "Enter" && open.value && at.value >= 0) {
      event.preventDefault();
      pick(matches[at.value]);
    } else if (event.key === "Escape" && open.value && matches.length) {
      event.preventDefault();
      event.stopPropagation();
      open.value = false;
    }
  };
  useEffect(() => {
    if (open.value) document.getElementById(`${id}-${at.value}`)?.scrollIntoView({ block: "nearest" });
  }, [at.value, open.value]);

  const listed = open.value && matches.length > 0;
  return html`<span class="combobox">
    <input
      ref=${input} type="text" id=${id} role="combobox" autocomplete="off" aria-autocomplete="list" disabled=${disabled}
      aria-expanded=${listed ? "true" : "false"} aria-controls=${`${id}-list`}
      aria-activedescendant=${listed && at.value >= 0 ? `${id}-${at.value}` : undefined}
      value=${field.shown.value ?? ""} placeholder=${field.ui.placeholder}
      onInput=${write} onKeyDown=${key} onClick=${show} onBlur=${() => (open.value = false)} ...${rest}
    />
    <${IconButton} icon="down" label=${`Suggestions for ${field.title}`} tabindex="-1" disabled=${disabled} onMouseDown=${(event) => event.preventDefault()} onClick=${() => (open.value ? (open.value = false) : (show(), input.current.focus()))} />
    <div class="listbox" role="listbox" id=${`${id}-list`} aria-label=${field.title} hidden=${!listed}>
      ${listed && matches.map(
        (option, index) => html`<div
          key=${option} id=${`${id}-${index}`} role="option" aria-selected=${index === at.value ? "true" : "false"}
          onMouseDown=${(event) => event.preventDefault()} onClick=${() => pick(option)}
        ><${Suggestion} option=${String(option)} model=${models.get(option)} source=${field.ui.options_source} /></div>`,
      )}
    </div>
    ${stale && !options.length && html`<small class="dim">ComfyUI is away; type the name.</small>`}
  </span>`;
}
