// The page put together: header, the view of the address, what floats above, and what events and keys do.
import { render } from "preact";
import { Strips } from "./jobs/strips.js"; // at once: when the server is away it could not be fetched
import { Icon, IconButton } from "./ui/icons.js";
import { lazy, lazyPart } from "./ui/lazy.js";
import { toast, toastError, toasts } from "./ui/toasts.js";
import { applyEvents, readEverything } from "./state/events.js";
import { itemsOf } from "./lib/drops.js";
import { html } from "./lib/html.js";
import { newHref, openJob, queueHref, route } from "./lib/router.js";
import { listen } from "./lib/socket.js";
import { checkToken, connection, helpShown, needsToken, question, serverVersion, setConnection, showPreview, unread } from "./state/store.js";
import { QueueView } from "./views/queue.js";

const ThemeToggle = lazyPart(() => import("./ui/theme_toggle.js").then((module) => module.ThemeToggle));
const Question = lazyPart(() => import("./ui/dialog.js").then((module) => module.Question), "later");
const ToastList = lazyPart(() => import("./ui/toast_list.js").then((module) => module.ToastList), "later");
const HelpSheet = lazyPart(() => import("./ui/help_sheet.js").then((module) => module.HelpSheet), "later");
const JobView = lazy(() => import("./views/job.js").then((module) => module.JobView), "job");
const Dock = lazy(() => import("./viewer/dock.js").then((module) => module.Dock));
const ReviewDock = lazy(() => import("./review/dock.js").then((module) => module.ReviewDock), "review");
const TokenView = lazy(() => import("./views/token.js").then((module) => module.TokenView), "pages");
const VIEWS = {
  new: lazy(() => import("./views/new_job.js").then((module) => module.NewJobView), "pages", "forms"),
  workflows: lazy(() => import("./views/workflows.js").then((module) => module.WorkflowsView), "pages"),
  watches: lazy(() => import("./views/watches.js").then((module) => module.WatchesView), "watches"),
  inbox: lazy(() => import("./views/inbox.js").then((module) => module.InboxView), "watches"),
  matrix: lazy(() => import("./views/matrix.js").then((module) => module.MatrixView), "matrix"),
  night: lazy(() => import("./views/night.js").then((module) => module.NightView), "night"),
  tonight: lazy(() => import("./views/tonight.js").then((module) => module.TonightView), "night"),
  statistics: lazy(() => import("./views/statistics.js").then((module) => module.StatisticsView), "pages", "figures"),
  settings: lazy(() => import("./views/settings.js").then((module) => module.SettingsView), "figures"),
  system: lazy(() => import("./views/system.js").then((module) => module.SystemView), "pages"),
};
const PLACES = [
  { view: "queue", href: queueHref, text: "Queue", icon: "list" },
  { view: "workflows", href: () => "#/workflows", text: "Workflows", icon: "flow" },
  { view: "watches", href: () => "#/watches", text: "Watches", icon: "folder" },
  { view: "system", href: () => "#/system", text: "System", icon: "system" },
];

function App() {
  const Other = VIEWS[route.value.view];
  return html`
    <a class="skip" href="#main" onClick=${skip}>To the content</a>
    <${Header} />
    <main id="main" tabindex="-1" class=${openJob.value === null ? "" : "with-drawer"}>
      ${needsToken.value ? html`<${TokenView} />` : Other ? html`<${Other} />` : html`<${QueueView} />`}
      ${openJob.value !== null && html`<${JobView} key=${openJob.value} id=${openJob.value} />`}
      ${route.value.view === "view" && html`<${Dock} />`}${route.value.view === "review" && html`<${ReviewDock} />`}
    </main>
    <div class="strips" role="status">${hasStrips() && html`<${Strips} />`}</div>
    <div class="toasts" role="status" aria-live="polite">${toasts.value.length > 0 && html`<${ToastList} />`}</div>
    ${question.value && html`<${Question} />`}${helpShown.value && html`<${HelpSheet} />`}
  `;
}

/** The address is the router's, so the link moves the focus itself. */
function skip(event) {
  event.preventDefault();
  document.getElementById("main")?.focus();
}

/** The now bar says why work waits; other views and a server that is away need a line at the foot of the window. */
const hasStrips = () => connection.value === "lost" || needsToken.value || Boolean(VIEWS[route.value.view]);

function Header() {
  const here = VIEWS[route.value.view] ? route.value.view : "queue";
  return html`<header class="top header">
    <nav aria-label="Main">
      ${PLACES.map(
        ({ view, href, text, icon }) => html`<a key=${view} class="place" href=${href()} aria-current=${here === view ? "page" : undefined}>
          <${Icon} name=${icon} /><span>${text}</span></a>`,
      )}
    </nav>
    <div class="header-end">
      <a class="icon-button" href="#/night" aria-label="Last night" title="Last night"><${Icon} name="moon" /></a>
      <a class="icon-button" href="#/inbox" aria-label=${unread.value ? `Inbox, ${unread.value} unread` : "Inbox"} title="Inbox">
        <${Icon} name="bell" />${unread.value > 0 && html`<span class="unread num">${unread.value}</span>`}</a>
      <span class="theme-place"><${ThemeToggle} /></span>
      <${IconButton} icon="keyboard" label="Keyboard shortcuts" onClick=${() => (helpShown.value = true)} />
      <a class="button primary" href=${newHref()} aria-label="New job"><${Icon} name="plus" /><span>New job</span></a>
    </div>
  </header>`;
}

// --- events

listen({
  onEvents: applyEvents,
  onPreview: showPreview,
  onFresh: () => readEverything().catch(toastError),
  onState: (state, hello) => {
    const old = serverVersion.peek();
    setConnection(state, hello?.version);
    if (!hello) {
      if (!old) checkToken();
      return;
    }
    if (old && old !== hello.version) toast({ text: `video_queue is ${hello.version} now`, hint: "Reload the page to use it." });
  },
});

addEventListener("dragover", (event) => event.preventDefault());
addEventListener("drop", (event) => {
  event.preventDefault();
  const items = itemsOf(event.dataTransfer);
  if (items.length) import("./afterwards.js").then(({ takeDrop }) => takeDrop(items), toastError);
});

render(html`<${App} />`, document.getElementById("app"));

// Keys, drops and the title come right after the first screen; keys that were pressed before that act then.
const pressed = [];
const keep = (event) => pressed.push(event);
document.addEventListener("keydown", keep);
import("./afterwards.js").then(({ actOnKeys }) => {
  document.removeEventListener("keydown", keep);
  actOnKeys(pressed);
}, toastError);
