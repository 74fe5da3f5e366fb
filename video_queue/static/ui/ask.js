// A question before something that undo cannot bring back; dialog.js draws it.
import { question } from "../state/store.js";

/** Ask before something that undo cannot bring back; `text` says what will be lost. */
export function ask({ title, text, yes, no = "Keep it" }) {
  return new Promise((answer) => {
    question.value = { title, text, yes, no, answer };
  });
}

/** Ask for a whole number from `min` on; null where none is given. */
export function askFor({ title, label, yes, min }) {
  return new Promise((answer) => {
    question.value = { title, label, yes, min, no: "Leave it", answer: (value) => answer(value || null) };
  });
}
