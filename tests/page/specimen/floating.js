// What floats above the page; one of them at a time, named in the address.
import { useRef } from "preact/hooks";
import { html } from "/lib/html.js";
import { ask, askFor } from "/ui/ask.js";
import { Dialog, Question } from "/ui/dialog.js";
import { HelpSheet } from "/ui/help_sheet.js";
import { MenuList } from "/ui/menu_list.js";
import { ToastList } from "/ui/toast_list.js";
import { toast } from "/ui/toasts.js";
import { Show } from "/specimen/show.js";

const none = () => undefined;
const ITEMS = [
  { label: "Move to the top", icon: "top", act: none }, { label: "Open it", icon: "eye", href: "#menu" },
  { label: "Pause after this render", icon: "pause", hint: "What runs is brought to its end", act: none },
];

function MenuOpen() {
  const anchor = useRef(null);
  return html`<span class="menu-anchor" ref=${anchor}><button type="button">Menu</button><${MenuList} label="What to do" items=${ITEMS} anchor=${anchor} close=${none} /></span>`;
}

const KINDS = {
  dialog: ["Dialog", () => html`<${Dialog} title="A dialog" onClose=${none}><p>What it is about, and what can be done.</p><div class="dialog-buttons"><button type="button" class="primary">Do it</button></div><//>`],
  question: ["Question", () => html`<${Question} />`],
  number: ["Question", () => html`<${Question} />`],
  help: ["HelpSheet", () => html`<${HelpSheet} />`],
  menu: ["MenuList", () => html`<${MenuOpen} />`],
  toasts: ["ToastList", () => html`<div class="toasts" role="status"><${ToastList} /></div>`],
};

const [kind] = location.hash.slice(1).split("?");
if (kind === "question") void ask({ title: "Remove 3 jobs from the list?", text: "Their files stay. What has not ended stays too.", yes: "Remove them" });
if (kind === "number") void askFor({ title: "Move the job", label: "To which place? 1 is the next that begins.", yes: "Move", min: 1 });
if (kind === "toasts") {
  const held = [toast({ text: "Moved Web versions to the top", undo: none }), toast({ text: "Runs again as job 12", link: { href: "#/jobs/12", text: "Open" } }), toast({ text: "the disk is almost full", hint: "Free some space and work goes on by itself.", tone: "failed" })];
  for (const item of held) item.hold();
}

/** @param {{what: string}} props */
export function Floating({ what }) {
  const [of, Part] = KINDS[what] ?? [];
  return Part ? html`<${Show} of=${of} as=${what}><${Part} /><//>` : null;
}
