// A chart that everyone can read: uPlot draws it, arrows move its cursor, and what stands there is said.

import { html, useEffect, useRef, useState } from "./vendor/htm-3.1.1/standalone.module.js";

const HEIGHT = 360;
const STEPS = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -Infinity, End: Infinity };

// uPlot is a classic script, so its address needs to be trusted; only those below this module's folder are. What it
// needs of its style stands in page.css.
const folder = new URL("./", import.meta.url).href;
const policy = globalThis.trustedTypes?.createPolicy("crossrate-assets", {
  createScriptURL: (url) => {
    if (url.startsWith(folder)) return url;
    throw new TypeError("not an asset of this page");
  },
});

let loading;

function uPlotLoaded() {
  loading ??= new Promise((resolve, reject) => {
    const url = `${folder}vendor/uPlot-1.6.32/uPlot.iife.min.js`;
    const script = document.createElement("script");
    script.src = policy ? policy.createScriptURL(url) : url;
    script.onload = () => resolve(globalThis.uPlot);
    script.onerror = reject;
    document.head.append(script);
  });
  return loading;
}

// `times` in Unix seconds, `series` as [{ name, values }]; with `candles`, values are those of { open, high, low, close }.
// `say(index)` describes one moment in words.
export function Chart({ title, times, series, candles, say, table }) {
  const place = useRef(null);
  const plot = useRef(null);
  const [at, setAt] = useState(null);
  const scheme = useScheme();

  useEffect(() => {
    let isGone = false;
    uPlotLoaded().then((uPlot) => {
      if (isGone) return;
      plot.current = new uPlot(optionsOf(uPlot, place.current, series, candles, setAt), [times, ...columnsOf(series, candles)], place.current);
    });
    const resized = new ResizeObserver(() => plot.current?.setSize({ width: place.current.clientWidth, height: HEIGHT }));
    resized.observe(place.current);
    return () => {
      isGone = true;
      resized.disconnect();
      plot.current?.destroy();
      plot.current = null;
    };
  }, [times, series, candles, scheme]);

  const move = (to) => {
    const index = Math.min(Math.max(to, 0), times.length - 1);
    const { min, max } = plot.current.scales.x;
    if (times[index] < min || times[index] > max) show(plot.current, times[index] - (max - min) / 2, max - min);
    plot.current.setCursor({ left: plot.current.valToPos(times[index], "x"), top: plot.current.over.clientHeight / 2 });
    setAt(index);
  };
  const zoom = (by) => {
    const { min, max } = plot.current.scales.x;
    const middle = at === null ? (min + max) / 2 : times[at];
    show(plot.current, middle - ((max - min) * by) / 2, (max - min) * by);
  };
  const reset = () => show(plot.current, times[0], times.at(-1) - times[0]);
  const onKeyDown = (event) => {
    if (!plot.current || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in STEPS) move((at ?? (STEPS[event.key] > 0 ? -1 : times.length)) + STEPS[event.key]);
    else if (event.key === "+") zoom(0.5);
    else if (event.key === "-") zoom(2);
    else if (event.key === "Escape" || event.key === "0") reset();
    else return;
    event.preventDefault();
  };

  return html`<div class="charted">
    <p class="readout" aria-hidden="true">${at === null ? say(times.length - 1) : say(at)}</p>
    <figure class="chart" role="figure" tabindex="0" aria-label=${`${title}. Arrow keys read it value by value.`} aria-details=${table} ref=${place} onKeyDown=${onKeyDown}></figure>
    <div class="tools">
      <button type="button" class="quiet" onClick=${() => zoom(0.5)}>Zoom in</button>
      <button type="button" class="quiet" onClick=${() => zoom(2)}>Zoom out</button>
      <button type="button" class="quiet" onClick=${reset}>Show all</button>
    </div>
    <${Said} text=${at === null ? "" : say(at)} />
  </div>`;
}

// Says where the cursor rests, not each value that it passes.
function Said({ text }) {
  const [said, setSaid] = useState("");
  useEffect(() => {
    const timer = setTimeout(() => setSaid(text), 400);
    return () => clearTimeout(timer);
  }, [text]);
  return html`<p class="unseen" aria-live="polite">${said}</p>`;
}

function show(plot, from, length) {
  const [first, last] = [plot.data[0][0], plot.data[0].at(-1)];
  const min = Math.max(from, first);
  plot.setScale("x", { min, max: Math.min(Math.max(min + length, min + 1), last) });
}

const columnsOf = (series, candles) => (candles ? ["open", "high", "low", "close"].map((name) => series[0].values.map((each) => each[name])) : series.map((each) => each.values));

function optionsOf(uPlot, place, series, candles, setAt) {
  const probe = place.appendChild(document.createElement("i"));
  const colour = (name) => ((probe.style.color = `var(${name})`), getComputedStyle(probe).color);
  const [ink, line, faint, accent, warn, bad] = ["--ink", "--line", "--faint", "--accent", "--warn", "--bad"].map(colour);
  probe.remove();
  const axis = { stroke: faint, grid: { stroke: line, width: 1 }, ticks: { stroke: line }, font: "12px system-ui, sans-serif" };
  const drawn = candles
    ? ["open", "high", "low", "close"].map((label) => ({ label, paths: () => null, points: { show: false } }))
    : series.map(({ name }, index) => ({ label: name, stroke: index ? warn : accent, width: 2, dash: index ? [6, 4] : undefined, points: { show: false } }));
  return {
    width: place.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { y: false, points: { fill: ink } },
    scales: { y: { range: (_, min, max) => padded(min, max) } },
    series: [{}, ...drawn],
    axes: [{ ...axis, space: 80 }, { ...axis, size: 76, values: (_, values) => values.map((value) => Number(value.toPrecision(8)).toString()) }],
    hooks: {
      setCursor: [(plot) => plot.cursor.idx !== null && plot.cursor.idx !== undefined && plot.cursor.left >= 0 && setAt(plot.cursor.idx)],
      draw: candles ? [(plot) => drawCandles(plot, accent, bad)] : [],
    },
  };
}

function padded(min, max) {
  const margin = (max - min) * 0.08 || Math.abs(max) * 0.01 || 1;
  return [min - margin, max + margin];
}

// Rising ones are hollow and falling ones are filled, so that colour says nothing alone.
function drawCandles(plot, rising, falling) {
  const { ctx, data, scales } = plot;
  const ratio = devicePixelRatio;
  const x = (time) => plot.valToPos(time, "x", true);
  const [times, opens, highs, lows, closes] = data;
  const step = times.length > 1 ? x(times[1]) - x(times[0]) : 20 * ratio;
  const width = Math.max(Math.min(step * 0.6, 18 * ratio), ratio);
  ctx.save();
  ctx.lineWidth = ratio;
  for (let i = 0; i < times.length; i++) {
    if (times[i] < scales.x.min || times[i] > scales.x.max) continue;
    const [open, high, low, close] = [opens[i], highs[i], lows[i], closes[i]].map((value) => plot.valToPos(value, "y", true));
    const isUp = closes[i] >= opens[i];
    const [top, bottom] = [Math.min(open, close), Math.max(open, close)];
    ctx.strokeStyle = ctx.fillStyle = isUp ? rising : falling;
    ctx.beginPath();
    ctx.moveTo(x(times[i]), high);
    ctx.lineTo(x(times[i]), top);
    ctx.moveTo(x(times[i]), bottom);
    ctx.lineTo(x(times[i]), low);
    ctx.stroke();
    if (isUp) ctx.strokeRect(x(times[i]) - width / 2, top, width, Math.max(bottom - top, ratio));
    else ctx.fillRect(x(times[i]) - width / 2, top, width, Math.max(bottom - top, ratio));
  }
  ctx.restore();
}

function useScheme() {
  const [isDark, setDark] = useState(() => matchMedia("(prefers-color-scheme: dark)").matches);
  useEffect(() => {
    const query = matchMedia("(prefers-color-scheme: dark)");
    const changed = () => setDark(query.matches);
    query.addEventListener("change", changed);
    return () => query.removeEventListener("change", changed);
  }, []);
  return isDark;
}
