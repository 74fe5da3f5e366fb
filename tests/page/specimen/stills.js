// The now bar shows the one queue there is: it is drawn once for each state, and what was drawn is kept as a still.
import { useEffect, useRef } from "preact/hooks";
import { html } from "/lib/html.js";
import { NowBar } from "/jobs/now_bar.js";
import { setConnection, setQueue } from "/state/store.js";
import { QUEUES } from "/specimen/made_up.js";
import { Group, Show } from "/specimen/show.js";

const frame = () => new Promise((ready) => requestAnimationFrame(() => setTimeout(ready, 0)));
const AWAY = "the server is away";

async function draw(live, places) {
  for (const [name, place] of Object.entries(places)) {
    setConnection(name === AWAY ? "lost" : "open");
    setQueue(QUEUES[name] ?? QUEUES["a render and work beside it"]);
    // What is fetched for it (the words of a notice) comes with the first.
    for (let waits = 0; waits < 2; waits += 1) await frame();
    const still = live.firstElementChild.cloneNode(true);
    still.setAttribute("aria-label", `Now: ${name}`);
    place.replaceChildren(still);
  }
  setConnection("open");
  live.remove();
  document.documentElement.dataset.stills = "";
}

export function Stills() {
  const live = useRef(null);
  const places = useRef({});
  useEffect(() => void import("/jobs/queue_notices.js").then(frame).then(() => draw(live.current, places.current)), []);
  return html`<${Group} title="The now bar">
    ${[...Object.keys(QUEUES), AWAY].map((name) => html`<${Show} key=${name} of="NowBar" as=${name} wide><div ref=${(element) => element && (places.current[name] = element)}></div><//>`)}
    <div ref=${live}><${NowBar} /></div>
  <//>`;
}
