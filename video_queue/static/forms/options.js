// What a field offers: its own values, and those of its source on the server (ComfyUI's models, encoders, ...).
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { api } from "../lib/api.js";

/** The values a field offers: its own, or those of its source, read once. */
export function useOptions(field) {
  const options = useSignal(field.options);
  const stale = useSignal(false);
  useEffect(() => {
    const source = field.ui.options_source;
    if (!source) return;
    api
      .options(source)
      .then((answer) => {
        options.value = [...new Set([...field.options, ...answer.items])];
        stale.value = Boolean(answer.stale);
      })
      .catch(() => undefined);
  }, [field]);
  return { options: options.value, stale: stale.value };
}
