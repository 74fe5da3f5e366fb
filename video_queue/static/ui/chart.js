// Bars over time, by uPlot. It is fetched when the first chart is drawn; a table beside it says the same.
import { useEffect, useRef } from "preact/hooks";
import { html } from "../lib/html.js";
import { toastError } from "./toasts.js";

const HEIGHT = 200;

let loading = null;

const element = (name, attributes) =>
  new Promise((ready, failed) => {
    const made = Object.assign(document.createElement(name), attributes, { onload: ready, onerror: () => failed(new Error("uPlot")) });
    document.head.append(made);
  });

const library = () =>
  (loading ??= Promise.all([element("script", { src: "/vendor/uplot.js" }), element("link", { rel: "stylesheet", href: "/vendor/uplot.css" })]).then(() => window.uPlot));

/** A colour of the page as a canvas takes it. */
function colour(place, name) {
  place.style.color = `var(--${name})`;
  const shown = getComputedStyle(place).color;
  place.style.color = "";
  return shown;
}

function optionsOf(uPlot, place, series, step, words) {
  const axis = { stroke: colour(place, "dim"), grid: { stroke: colour(place, "hairline"), width: 1 }, ticks: { show: false } };
  const bars = uPlot.paths.bars({ size: [0.7, 40] });
  return {
    width: place.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    scales: { x: { range: (_, first, last) => [first - step / 2, last + step / 2] }, y: { range: (_, low, high) => [0, Math.max(1, high)] } },
    axes: [{ ...axis, space: 72, incrs: [1, 2, 3, 6, 12, 24].map((many) => many * step), values: (_, splits) => splits.map(words) }, { ...axis, size: 44, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000] }],
    series: [{}, ...series.map(({ label, tone }) => ({ label, fill: colour(place, tone), stroke: colour(place, tone), width: 0, paths: bars, points: { show: false } }))],
  };
}

/**
 * `data` as uPlot takes it: seconds, then a list for each of `series` ({label, tone}); later ones stand before earlier
 * ones. A bar is `step` seconds wide; `words` says a moment.
 */
export function Chart({ label, data, series, step, words }) {
  const place = useRef(null);
  useEffect(() => {
    let plot = null;
    let gone = false;
    const draw = (uPlot) => {
      plot?.destroy();
      if (!gone) plot = new uPlot(optionsOf(uPlot, place.current, series, step, words), data, place.current);
    };
    library().then(draw, toastError);
    const redraw = () => window.uPlot && draw(window.uPlot);
    const size = new ResizeObserver(() => plot && place.current.clientWidth !== plot.width && plot.setSize({ width: place.current.clientWidth, height: HEIGHT }));
    const theme = new MutationObserver(redraw);
    size.observe(place.current);
    theme.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
    return () => {
      gone = true;
      size.disconnect();
      theme.disconnect();
      plot?.destroy();
    };
  }, [data]);
  return html`<div class="chart" role="img" aria-label=${label} ref=${place}></div>`;
}
