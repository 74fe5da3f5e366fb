// The help sheet: drawn from the one table of shortcuts, with the switch that turns single keys off.
import { html } from "../lib/html.js";
import { enabled, keyName, setEnabled, SHORTCUTS } from "../lib/keyboard.js";
import { REVIEW_KEYS } from "../lib/review_keys.js";
import { KEY_NAMES, VIEWER_KEYS } from "../lib/viewer_keys.js";
import { route } from "../lib/router.js";
import { helpShown } from "../state/store.js";
import { Dialog } from "./dialog.js";

/** What acts where one is comes first. */
const keysHere = () => (route.peek().view === "review" ? [...REVIEW_KEYS, ...VIEWER_KEYS, ...SHORTCUTS] : [...SHORTCUTS, ...VIEWER_KEYS, ...REVIEW_KEYS]);

export function HelpSheet() {
  const all = keysHere();
  const groups = [...new Set(all.map((shortcut) => shortcut.group))];
  return html`<${Dialog} title="Keyboard" wide onClose=${() => (helpShown.value = false)}>
    <div class="key-groups">${groups.map(
      (group) => html`<section key=${group} class="keys">
        <h3>${group}</h3>
        <dl>
          ${all.filter((shortcut) => shortcut.group === group).map(
            ({ keys, what }) => html`<div key=${what}>
              <dt>${keys.map((key) => html`<kbd key=${key}>${KEY_NAMES[key] ?? keyName(key)}</kbd>`)}</dt>
              <dd>${what}</dd>
            </div>`,
          )}
        </dl>
      </section>`,
    )}</div>
    <label class="check">
      <input type="checkbox" checked=${enabled.value} onChange=${(event) => setEnabled(event.target.checked)} />
      Single keys act (Tab, arrows and Escape always do)
    </label>
  <//>`;
}
