// The end of a render's log. It follows a running render while it is scrolled to its end.
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { server } from "../lib/more_api.js";
import { html } from "../lib/html.js";

const TAIL = 500;
const EVERY = 1500;

/** @param {{prompt: Api.Prompt}} props */
export function LogView({ prompt }) {
  const open = useSignal(false);
  const text = useSignal("");
  const box = useRef(null);
  const running = prompt.state === "running";
  useEffect(() => {
    if (!open.value) return undefined;
    let gone = false;
    const read = async () => {
      if (document.hidden) return;
      const fresh = await server.promptLog(prompt.id, TAIL).catch(() => null);
      if (!gone && fresh !== null) text.value = fresh;
    };
    read();
    const timer = running ? setInterval(read, EVERY) : 0;
    return () => {
      gone = true;
      clearInterval(timer);
    };
  }, [open.value, prompt.id, prompt.state]);
  const atEnd = useRef(true);
  useEffect(() => {
    if (box.current && atEnd.current) box.current.scrollTop = box.current.scrollHeight;
  }, [text.value]);
  const scrolled = ({ target }) => {
    atEnd.current = target.scrollHeight - target.scrollTop - target.clientHeight < 8;
  };
  return html`<details class="part" onToggle=${(event) => (open.value = event.target.open)}>
    <summary><h2>Log</h2></summary>
    <pre class="log" ref=${box} tabindex="0" aria-label="Log" onScroll=${scrolled}>${text.value || "Nothing was written yet."}</pre>
  </details>`;
}
