// History: recorded pairs and reference rates, as a line or candles, compared, as a table and as CSV.

import { html, useEffect, useMemo, useState } from "../vendor/htm-3.1.1/standalone.module.js";
import { Chart } from "../chart.js";
import { Choice, Field } from "../fields.js";
import { Pager } from "../pages.js";
import { Notice, ProblemNotice, useSettled } from "../parts.js";
import { csvOf, pointsOf, RANGES } from "../recorded.js";
import { go } from "../router.js";
import { api, unlessAborted } from "../service.js";
import { grouped, iso, moment, zone } from "../words.js";

export const historyKeys = [
  ["/", "the pair"],
  ["← →", "in the chart: from value to value"],
  ["+ − 0", "in the chart: zoom in, zoom out, show all"],
];

const USUAL_HISTORY = { pair: "EUR/USD", with: "", of: "ecb", days: "90", as: "line", table: "" };
const SOURCES = { ecb: "ECB reference rates", "1h": "Hourly quotes", "1d": "Daily quotes" };
const VALUES = 50;

export function HistoryView({ parameters }) {
  const asked = Object.fromEntries(Object.entries(USUAL_HISTORY).map(([name, usual]) => [name, parameters.get(name) ?? usual]));
  const change = (changed, options) => {
    const next = { ...asked, ...changed };
    go("history", Object.fromEntries(Object.entries(next).filter(([name, value]) => name === "pair" || value !== USUAL_HISTORY[name])), options);
  };
  const typed = (name) => (event) => change({ [name]: event.target.value.toUpperCase() }, { replace: true });
  const choice = (name, label, options) =>
    html`<${Choice} name=${name} label=${label} options=${options} value=${asked[name]} onChoose=${(value) => change({ [name]: value })} />`;
  const first = usePoints(asked.pair, asked);
  const second = usePoints(asked.with, asked);
  const recorded = useRecorded(asked.of);
  const problem = first.problem ?? second.problem;

  return html`<div class="history">
    <h1>History</h1>
    <form class="choices" onSubmit=${(event) => event.preventDefault()}>
      <${Typed} name="pair" label="Pair" value=${asked.pair} pairs=${recorded} placeholder="BASE/QUOTE" data-key="/" onInput=${typed("pair")} />
      <${Typed} name="with" label="Compare with" value=${asked.with} pairs=${recorded} placeholder="EUR/GBP" onInput=${typed("with")} />
      ${choice("of", "Source", SOURCES)}
      ${choice("days", "Range", RANGES)}
      ${choice("as", "Chart", { line: "Line", candles: "Candles" })}
    </form>
    ${problem
      ? problem.status === 404
        ? html`<${Notice} title="Nothing to draw">No rates of ${first.problem ? asked.pair : asked.with} are known in this range.<//>`
        : html`<${ProblemNotice} problem=${problem} />`
      : first.data
        ? html`<${Drawn} asked=${asked} first=${first.data} second=${asked.with ? second.data : null} onTable=${() => change({ table: asked.table ? "" : "1" })} />`
        : html`<p class="count">Loading …</p>`}
  </div>`;
}

function Drawn({ asked, first, second, onTable }) {
  const drawn = useMemo(() => drawnOf(asked, first, second), [asked.pair, asked.with, asked.as, asked.of, first, second]);
  if (first.times.length < 2) {
    return html`<${Notice} title="Too little to draw">Fewer than two values of ${asked.pair} are known in this range.<//>`;
  }
  const title = `${asked.pair.toUpperCase()}${drawn.isCompared ? ` and ${asked.with.toUpperCase()}, change in percent` : ""} · ${SOURCES[asked.of]} · ${RANGES[asked.days] ?? `${asked.days} days`}`;
  return html`<section class="card" aria-labelledby="chart-title">
    <h2 id="chart-title">${title}</h2>
    <${Chart} title=${title} times=${drawn.times} series=${drawn.series} candles=${drawn.candles} say=${drawn.say} table="values" />
    <p class="tools">
      <button type="button" class="quiet" aria-pressed=${asked.table ? "true" : "false"} onClick=${onTable}>As a table</button>
      <a href=${csvOf(asked.pair, asked.of, Number(asked.days), first)} download=${`crossrate-${asked.pair.replace("/", "-")}-${asked.of}.csv`}>CSV</a>
      <small>Times are in ${zone}.</small>
    </p>
    <${Values} drawn=${drawn} isSeen=${asked.table === "1"} />
  </section>`;
}

function drawnOf(asked, first, second) {
  const isCompared = second !== null && second.times.length > 1;
  const candles = asked.as === "candles" && !isCompared;
  const when = (time) => (asked.of === "1h" ? moment(time) : new Date(time * 1000).toLocaleDateString(undefined, { dateStyle: "medium", timeZone: "UTC" }));
  const others = new Map(isCompared ? second.points.map((point) => [point.time, point.close]) : []);
  const [start, otherStart] = [Number(first.points[0]?.close), Number(others.get(first.times.find((time) => others.has(time))))];
  const since = (value, from) => (value === undefined ? null : (Number(value) / from - 1) * 100);
  const values = first.points.map((point) => (isCompared ? since(point.close, start) : Number(point.close)));
  const compared = first.times.map((time) => since(others.get(time), otherStart));
  const inPercent = (value) => (value === null ? "none" : `${value > 0.005 ? "+" : value < -0.005 ? "−" : ""}${Math.abs(value).toFixed(2)} %`);
  const numbers = Object.fromEntries(["open", "high", "low", "close"].map((name) => [name, (point) => grouped(point[name])]));
  const columns = isCompared
    ? [[asked.pair, (_, index) => inPercent(values[index])], [asked.with, (_, index) => inPercent(compared[index])]]
    : candles
      ? Object.entries(numbers)
      : [["rate", numbers.close]];
  const say = (index) => {
    const point = first.points[index];
    return point ? `${when(point.time)}: ${columns.map(([name, text]) => (columns.length > 1 ? `${name} ` : "") + text(point, index)).join(", ")}` : "";
  };
  const single = { name: asked.pair, values: candles ? first.points.map(asNumbers) : values };
  return { isCompared, candles, times: first.times, series: isCompared ? [single, { name: asked.with, values: compared }] : [single], say, columns, points: first.points, when };
}

const asNumbers = (point) => Object.fromEntries(["open", "high", "low", "close"].map((name) => [name, Number(point[name])]));

// The same values as a table, the newest first. Unseen, it is still there for screen readers.
function Values({ drawn, isSeen }) {
  const [page, setPage] = useState(1);
  useEffect(() => setPage(1), [drawn]);
  const last = Math.ceil(drawn.points.length / VALUES);
  const newest = drawn.points.map((point, index) => [point, index]).reverse().slice((page - 1) * VALUES, page * VALUES);
  return html`<div class=${isSeen ? "scroll" : "unseen"} role="region" aria-label="Values" tabindex=${isSeen ? "0" : null}>
      <table id="values">
        <thead><tr><th scope="col">When</th>${drawn.columns.map(([name]) => html`<th scope="col" class="number">${name}</th>`)}</tr></thead>
        <tbody>
          ${newest.map(([point, index]) => html`<tr key=${point.time}><th scope="row"><time datetime=${iso(point.time)}>${drawn.when(point.time)}</time></th>${drawn.columns.map(([, text]) => html`<td class="number">${text(point, index)}</td>`)}</tr>`)}
        </tbody>
      </table>
    </div>
    ${isSeen ? html`<${Pager} number=${page} last=${last} onGo=${setPage} />` : ""}`;
}

// { data, problem } of a pair, asked once it has been left alone for a moment.
function usePoints(pair, { of, days }) {
  const settled = useSettled(pair, 250);
  const [state, setState] = useState({ data: null, problem: null });
  useEffect(() => {
    if (!settled) return setState({ data: null, problem: null });
    const abort = new AbortController();
    pointsOf(settled, of, Number(days) || 90, abort.signal).then(
      (data) => setState({ data, problem: null }),
      unlessAborted((problem) => setState({ data: null, problem })),
    );
    return () => abort.abort();
  }, [settled, of, days]);
  return state;
}

// The pairs that are recorded each hour, for those who may see them.
function useRecorded(of) {
  const [pairs, setPairs] = useState([]);
  useEffect(() => {
    if (of === "ecb") return setPairs([]);
    api("quotes/latest").then((answer) => setPairs([...new Set(answer.quotes.map((quote) => quote.pair))]), () => setPairs([]));
  }, [of]);
  return pairs;
}

const Typed = ({ name, pairs, ...others }) =>
  html`<${Field} name=${name} list=${`${name}-pairs`} autocapitalize="characters" spellcheck=${false} ...${others}>
    <datalist id=${`${name}-pairs`}>${pairs.map((pair) => html`<option key=${pair} value=${pair}></option>`)}</datalist>
  <//>`;
