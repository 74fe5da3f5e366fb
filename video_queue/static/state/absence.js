// Notes on the server that the page is used, at most every five minutes; after two hours without any use the page opens
// on what ended meanwhile. A page that is only open on a screen is not used.
import { nightApi } from "../lib/night_api.js";
import { go, route } from "../lib/router.js";

const EVERY = 300_000;
const SIGNS = ["pointermove", "pointerdown", "keydown", "wheel", "visibilitychange"];

let noted = 0;

async function noteUse() {
  if (document.hidden || Date.now() - noted < EVERY) return;
  noted = Date.now();
  const { ended } = await nightApi.visit().catch(() => ({ ended: 0 }));
  const { view, query } = route.peek();
  // Nobody is taken away from what they look at.
  const atHome = view === "queue" && !query.toString() && !document.querySelector("dialog[open]");
  if (ended && atHome) go("#/night");
}

export function openAfterAbsence() {
  void noteUse();
  for (const sign of SIGNS) document.addEventListener(sign, () => void noteUse(), { passive: true });
}
