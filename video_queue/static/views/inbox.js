// What happened while nobody looked, newest first: read and unread, with the job of each.
import { useSignal, useSignalEffect } from "@preact/signals";
import { ErrorLine } from "../ui/error_line.js";
import { api } from "../lib/api.js";
import { ago, exactTime } from "../lib/format.js";
import { sentence } from "../lib/text.js";
import { html } from "../lib/html.js";
import { jobHref } from "../lib/router.js";
import { soon } from "../lib/soon.js";
import { inboxApi } from "../lib/watch_api.js";
import { canNotify, notifies, setNotifies, setSounds, sounds } from "../state/alerts.js";
import { notificationEvents, now, readUnread, unread } from "../state/store.js";
import { Icon } from "../ui/icons.js";
import { toast, toastError } from "../ui/toasts.js";

const KINDS = {
  "queue.finished": { icon: "check", tone: "succeeded" },
  "job.finished": { icon: "check", tone: "succeeded" },
  "job.failed": { icon: "cross", tone: "failed" },
  "job.held": { icon: "pause", tone: "partial" },
  "prompt.review": { icon: "eye", tone: "review" },
  "watch.stuck": { icon: "folder", tone: "partial" },
  "watch.file_failed": { icon: "file", tone: "failed" },
  "disk.full": { icon: "alert", tone: "failed" },
  "comfy.stuck": { icon: "alert", tone: "failed" },
};

export function InboxView() {
  const page = useSignal(null);
  const failure = useSignal(null);
  const read = async (cursor) => {
    try {
      const fresh = await api.notifications({ cursor });
      page.value = cursor ? { ...fresh, items: [...page.peek().items, ...fresh.items] } : fresh;
      failure.value = null;
    } catch (error) {
      failure.value = error;
    }
  };
  const mark = (work) => work.then(() => Promise.all([read(), readUnread()])).catch(toastError);
  useSignalEffect(() => {
    void notificationEvents.value;
    soon("inbox", read);
  });
  const items = page.value?.items ?? [];
  return html`<div class="page">
    <header class="page-head">
      <h1>Inbox</h1>
      <button type="button" disabled=${!unread.value} onClick=${() => mark(inboxApi.markUpTo(items[0].id))}><${Icon} name="check" />Mark all as read</button>
    </header>
    ${failure.value && html`<${ErrorLine} error=${failure.value} />`}
    ${page.value && !items.length && html`<p class="dim">Nothing happened yet. What ends, fails or waits for you is kept here.</p>`}
    <${Alerts} />
    <ul class="inbox">${items.map((item) => html`<${Line} key=${item.id} item=${item} mark=${mark} />`)}</ul>
    ${page.value?.next_cursor && html`<p><button type="button" class="quiet" onClick=${() => read(page.peek().next_cursor)}>Show more</button></p>`}
  </div>`;
}

/** What this browser does besides; the others are settings of the server. */
function Alerts() {
  const notify = async () => {
    const done = await setNotifies(!notifies.peek());
    if (!done) toast({ text: "The browser does not allow notifications of this page", hint: "Its settings of this site have the switch." });
  };
  const button = (on, icon, text, act) => html`<button type="button" aria-pressed=${on ? "true" : "false"} onClick=${act}><${Icon} name=${on ? "check" : icon} />${text}</button>`;
  return html`<div class="alerts" role="group" aria-label="In this browser">
    ${canNotify && button(notifies.value, "bell", "Notify in this browser", notify)}
    ${button(sounds.value, "sound", "Play a sound", () => setSounds(!sounds.peek()))}
  </div>`;
}

/** @param {{item: Api.Notification, mark?: any}} props */
function Line({ item, mark }) {
  const { icon, tone } = KINDS[item.kind] ?? { icon: "circle", tone: "queued" };
  const missed = item.undelivered.filter(({ state }) => state === "failed");
  const toggle = () => mark(inboxApi.mark(item.id, !item.read));
  return html`<li class="inbox-line" data-read=${item.read ? "" : undefined}>
    <span class="state" data-tone=${tone}><${Icon} name=${icon} /></span>
    <div>
      <p class="inbox-title">${item.title}</p>
      <p class="dim wrap">${sentence(item.text)}</p>
      ${missed.map(({ channel, error }) => html`<p key=${channel} class="warning small"><${Icon} name="alert" />Not delivered by ${channel}${error && `: ${error}`}</p>`)}
    </div>
    <span class="num">${item.job_id && html`<a href=${jobHref(item.job_id)} onClick=${() => !item.read && toggle()}>Job ${item.job_id}</a>`}</span>
    <span class="dim num" title=${exactTime(item.at)}>${ago(item.at, now.value)}</span>
    <button type="button" class="quiet" onClick=${toggle}>${item.read ? "Mark as unread" : "Mark as read"}</button>
  </li>`;
}

