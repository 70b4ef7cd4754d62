// Markets: the exchanges and how they are, and every pair with its prices, spread and age.

import { html, useEffect, useMemo, useState } from "../vendor/htm-3.1.1/standalone.module.js";
import { Choice, Field } from "../fields.js";
import { spreadOf } from "../findings.js";
import { exchanges } from "../listed.js";
import { Pager, rowKeys } from "../pages.js";
import { Age, announce, ProblemNotice } from "../parts.js";
import { addressOf, go } from "../router.js";
import { eachPage, unlessAborted } from "../service.js";
import { grouped, named, namesOf } from "../words.js";

export const marketKeys = [
  ["/", "the search"],
  ["↓ ↑", "from pair to pair"],
  ["r", "load the prices again"],
];

const ROWS = 50;
const PER_REQUEST = 250; // larger pages would keep the service busy for longer at a time
const STALE_SECONDS = 60;
const HEALTH_MS = 5000;

const COLUMNS = [
  ["pair", "Pair", (row) => `${row.base}/${row.quote}`],
  ["exchange", "Exchange", (row) => row.exchange],
  ["bid", "Bid", (row) => Number(row.bid), "number"],
  ["ask", "Ask", (row) => Number(row.ask), "number"],
  ["spread", "Spread", (row) => (row.ask - row.bid) / row.bid, "number"],
  ["age", "Age", (row) => -row.observed_at],
];

export function MarketsView({ parameters }) {
  const [search, exchange, sort, page] = ["search", "exchange", "sort", "page"].map((name) => parameters.get(name) ?? "");
  const [listed, again] = usePairs();
  const state = { search, exchange, sort, page };
  const change = (changed, options) => go("markets", { ...state, page: "", ...changed }, options);

  const rows = useMemo(() => sorted(found(listed.rows, search, exchange), sort), [listed.rows, search, exchange, sort]);
  const last = Math.max(Math.ceil(rows.length / ROWS), 1);
  const number = Math.min(Math.max(Number(page) || 1, 1), last);
  useEffect(() => {
    if (search) announce(`${rows.length} pairs found`);
  }, [rows.length, search]);

  return html`<div class="markets">
    <h1>Markets</h1>
    <${Health} />
    <form class="choices" role="search" onSubmit=${(event) => event.preventDefault()}>
      <${Field} name="search" label="Search" type="search" value=${search} placeholder="BTC, euro, TRX-USDT" data-key="/"
        onInput=${(event) => change({ search: event.target.value }, { replace: true })} />
      <${Choice} name="exchange" label="Exchange" options=${{ "": "All", ...namesOf(listed.names) }} value=${exchange}
        onChoose=${(chosen) => change({ exchange: chosen })} />
      <button type="button" class="quiet" data-key="r" onClick=${again}>Load again <kbd>r</kbd></button>
    </form>
    ${listed.problem ? html`<${ProblemNotice} problem=${listed.problem} />` : ""}
    <p class="count">${rows.length ? `${grouped(rows.length)} pairs${listed.isLoading ? " so far" : ""}` : listed.isLoading ? "Loading …" : listed.problem ? "" : "No pair matches."}</p>
    <div class="scroll" role="region" aria-label="Pairs" tabindex="0" hidden=${!rows.length}>
      <table class="pairs" onKeyDown=${rowKeys}>
        <thead><tr>${COLUMNS.map((column) => html`<${Head} column=${column} sort=${sort} onSort=${(value) => change({ sort: value })} />`)}</tr></thead>
        <tbody>${rows.slice((number - 1) * ROWS, number * ROWS).map((row) => html`<${Row} key=${`${row.exchange} ${row.symbol}`} row=${row} />`)}</tbody>
      </table>
    </div>
    <${Pager} number=${number} last=${last} onGo=${(to) => change({ page: to === 1 ? "" : String(to) })} />
  </div>`;
}

function Head({ column: [name, title, , kind], sort, onSort }) {
  const [by, isDown] = [sort.replace("-", ""), sort.startsWith("-")];
  const isSorted = by === name;
  const next = isSorted && !isDown ? `-${name}` : name;
  return html`<th scope="col" class=${kind ?? ""} aria-sort=${isSorted ? (isDown ? "descending" : "ascending") : null}>
    <button type="button" class="sort" onClick=${() => onSort(next)}>${title}<span aria-hidden="true">${isSorted ? (isDown ? " ↓" : " ↑") : ""}</span></button>
  </th>`;
}

function Row({ row }) {
  const query = { from: row.base, to: row.quote, amount: "1", exchange: row.exchange };
  const names = [row.base_name, row.quote_name].filter(Boolean).join(" / ");
  return html`<tr>
    <th scope="row"><a href=${addressOf("", query)} data-view="" data-row><b>${row.base}</b>/${row.quote}</a> <small>${names}</small></th>
    <td>${named(row.exchange)} <small>${row.symbol}</small></td>
    <td class="number">${row.bid ? grouped(row.bid) : "no price"}</td>
    <td class="number">${row.ask ? grouped(row.ask) : ""}</td>
    <td class="number">${spreadOf(row)}</td>
    <td>${row.observed_at ? html`<${Age} since=${row.observed_at} most=${row.exchange === "ecb" ? 4 * 86400 : STALE_SECONDS} />` : ""}</td>
  </tr>`;
}

// All pairs, as they arrive; `again` loads them anew and keeps the old ones until then.
function usePairs() {
  const [state, setState] = useState({ rows: [], names: [], problem: null, isLoading: true });
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const abort = new AbortController();
    const rows = [];
    const show = (isLoading) => {
      const names = [...new Set(rows.map((row) => row.exchange))];
      setState((before) => (isLoading && rows.length < before.rows.length ? before : { rows: [...rows], names, problem: null, isLoading }));
    };
    const take = (page) => {
      rows.push(...page);
      if (rows.length % (4 * PER_REQUEST) === PER_REQUEST) show(true); // the first, and then now and then
    };
    eachPage("pairs", "pairs", { query: { include_prices: true, limit: PER_REQUEST }, signal: abort.signal, take }).then(
      () => show(false),
      unlessAborted((problem) => setState((before) => ({ ...before, problem, isLoading: false }))),
    );
    return () => abort.abort();
  }, [turn]);
  return [state, () => setTurn((before) => before + 1)];
}

function found(rows, search, exchange) {
  const wanted = search.trim().toLowerCase().split(/\s+/);
  return rows.filter((row) => {
    if (exchange && row.exchange !== exchange) return false;
    const text = `${row.base}/${row.quote} ${row.symbol} ${row.exchange} ${row.base_name ?? ""} ${row.quote_name ?? ""}`.toLowerCase();
    return wanted.every((word) => text.includes(word));
  });
}

function sorted(rows, sort) {
  const column = COLUMNS.find(([name]) => name === sort.replace("-", ""));
  if (!column) return rows;
  const [sign, key] = [sort.startsWith("-") ? -1 : 1, column[2]];
  const order = (a, b) => (Number.isNaN(a) ? 1 : Number.isNaN(b) ? -1 : a < b ? -sign : a > b ? sign : 0);
  return rows.map((row) => [key(row), row]).sort(([a], [b]) => order(a, b)).map(([, row]) => row);
}

const HEALTH = { up: "Up", down: "Down", unknown: "Not asked yet" };
const BREAKERS = { closed: "calls are made", open: "no calls: its breaker is open", half_open: "one test call: its breaker is half open" };

// The exchanges, asked every few seconds while the page is seen: the service knows their state without calling them.
function Health() {
  const [rows, setRows] = useState([]);
  useEffect(() => {
    const abort = new AbortController();
    const ask = () => document.hidden || exchanges(abort.signal).then(setRows, () => {});
    ask();
    const timer = setInterval(ask, HEALTH_MS);
    return () => (clearInterval(timer), abort.abort());
  }, []);
  return html`<ul class="health" aria-label="Exchanges">
    ${rows.map(
      (row) => html`<li key=${row.name} class=${row.status}>
        <h2>${named(row.name)}</h2>
        <p class="reason"><b>${HEALTH[row.status]}</b>${row.breaker ? html`, ${BREAKERS[row.breaker]}` : ""}</p>
        ${row.detail ? html`<p class="reason">${row.detail}</p>` : ""}
        <dl>
          <div><dt>Pairs</dt><dd class="number">${grouped(row.pairs)}</dd></div>
          <div><dt>Currencies</dt><dd class="number">${grouped(row.currencies)}</dd></div>
          <div><dt>${row.published ? "Published" : "Prices"}</dt><dd class="number">${row.published ?? (row.books_age_seconds === undefined ? "none yet" : `${row.books_age_seconds} s old`)}</dd></div>
        </dl>
      </li>`,
    )}
  </ul>`;
}
