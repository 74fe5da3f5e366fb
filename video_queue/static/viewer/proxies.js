// A clip that the browser cannot play is seen frame by frame at once, and plays when its proxy is there.
import { VideoClip } from "./clips.js";

const POLL = 1000;

/** Put the clip that plays in the place of `side.clip`, once `ask` says that its proxy is ready; `facts` are the clip's. */
export async function playWhenReady(side, ask, facts) {
  const before = side.clip.peek();
  while (!side.closed) {
    const proxy = await ask().catch(() => null);
    if (side.closed || !proxy) return;
    if (proxy.state === "ready" || proxy.state === "original") {
      const clip = new VideoClip(proxy.url, facts);
      clip.frame.value = before.frame.peek();
      clip.loop.value = before.loop.peek();
      before.stop();
      side.proxy.value = null;
      side.clip.value = clip;
      return;
    }
    side.proxy.value = { progress: proxy.progress, message: proxy.state === "failed" ? proxy.message : "" };
    if (proxy.state === "failed") return;
    await new Promise((go) => setTimeout(go, POLL));
  }
}
