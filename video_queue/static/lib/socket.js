// Events from the server over one socket. After a break it connects again with its last id and gets what it missed.
// Text frames are events, binary frames previews: 4 bytes big-endian length, JSON {prompt_id, mime}, the picture.

const SLOWEST = 5000;
const ASLEEP = 20000;

/**
 * Listen until the page closes. `onFresh` is called when everything must be read again: at the first hello, and when
 * the server no longer has the missed events. `onState` gets "open" (with the hello) or "lost".
 */
export function listen({ onEvents, onPreview, onFresh, onState }) {
  let socket = null;
  let lastId = null;
  let delay = 250;
  let waiting = [];
  let timer = 0;

  function deliver() {
    const events = waiting;
    waiting = [];
    if (events.length) onEvents(events);
  }

  function take(event) {
    if (event.type === "hello") {
      if (lastId === null) {
        lastId = event.data.last_id;
        onFresh(event.data);
      }
      onState("open", event.data);
      return;
    }
    if (event.type === "reset") {
      lastId = event.data.last_id;
      onFresh(event.data);
      return;
    }
    if (event.id !== null) lastId = event.id;
    waiting.push(event);
    // Delivered once a frame, however fast events come; a hidden tab has no frames and delivers at once.
    if (waiting.length === 1) {
      if (document.hidden) queueMicrotask(deliver);
      else requestAnimationFrame(deliver);
    }
  }

  function receive(message) {
    if (typeof message.data === "string") take(JSON.parse(message.data));
    else {
      const size = new DataView(message.data).getUint32(0);
      const head = JSON.parse(new TextDecoder().decode(new Uint8Array(message.data, 4, size)));
      onPreview(head.prompt_id, new Blob([new Uint8Array(message.data, 4 + size)], { type: head.mime }));
    }
  }

  function open() {
    clearTimeout(timer);
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const after = lastId === null ? "" : `?after=${lastId}`;
    const mine = new WebSocket(`${scheme}://${location.host}/api/ws${after}`);
    socket = mine;
    mine.binaryType = "arraybuffer";
    mine.onopen = () => {
      delay = 250;
    };
    mine.onmessage = receive;
    mine.onclose = () => {
      if (socket !== mine) return;
      onState("lost");
      timer = setTimeout(open, delay);
      delay = Math.min(delay * 2, SLOWEST);
    };
  }

  function reconnect() {
    const old = socket;
    socket = null;
    old?.close();
    delay = 250;
    open();
  }

  open();
  addEventListener("online", reconnect);
  document.addEventListener("visibilitychange", () => document.hidden && deliver());
  // After sleep a socket may look open and be dead; a jump of the clock shows it.
  let last = Date.now();
  setInterval(() => {
    const now = Date.now();
    if (now - last > ASLEEP && !document.hidden) reconnect();
    last = now;
  }, 2000);
}
