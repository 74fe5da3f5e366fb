// Templates as elements. Values are set as text and properties, never parsed as HTML.
import { h } from "preact";
import htm from "htm";

export const html = htm.bind(h);
