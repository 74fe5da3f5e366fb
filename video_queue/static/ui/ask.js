// A question before something that undo cannot bring back; dialog.js draws it.
import { question } from "../state/store.js";

/** Ask before something that undo cannot bring back; `text` says what will be lost. */
export function ask({ title, text, yes, no = "Keep it" }) {
  return new Promise((answer) => {
    question.value = { title, text, yes, no, answer };
  });
}
