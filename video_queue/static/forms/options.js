// What a field offers: its own values, and those of its source on the server (ComfyUI's models, encoders, ...).
// Models are described by what their files say; the server does so for a hundred at a time.
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { server } from "../lib/more_api.js";
import { soon } from "../lib/soon.js";

/** The values a field offers: its own, or those of its source, read once; `models` by value, `describe(words)` more. */
export function useOptions(field) {
  const options = useSignal(field.options);
  const stale = useSignal(false);
  const models = useSignal(new Map());
  const source = field.ui.options_source;
  const learn = (answer) => {
    models.value = new Map([...models.peek(), ...(answer.models ?? []).map((model) => [model.value, model])]);
  };
  const wanted = useRef("");
  const describe = (words) => {
    const known = models.peek().size;
    if (known === 0 || known >= options.peek().length) return;
    wanted.current = words;
    soon(`models of ${source}`, () => server.options(source, wanted.current).then(learn), 250);
  };
  useEffect(() => {
    if (!source) return;
    server
      .options(source)
      .then((answer) => {
        options.value = [...new Set([...field.options, ...answer.items])];
        stale.value = Boolean(answer.stale);
        learn(answer);
      })
      .catch(() => undefined);
  }, [field]);
  return { options: options.value, stale: stale.value, models: models.value, describe };
}
