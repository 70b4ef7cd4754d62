// What stands behind an answer: its route, what other exchanges say, and what an amount at depth would cost.

import { html, useEffect, useState } from "./vendor/htm-3.1.1/standalone.module.js";
import { percentApart } from "./decimal.js";
import { marketOf } from "./listed.js";
import { Age } from "./parts.js";
import { grouped, named, percent } from "./words.js";

// The route, leg by leg, between the currencies that it passes.
export function Legs({ answer, most }) {
  const legs = answer.route ?? answer.trades ?? [];
  const markets = useMarkets(legs);
  if (answer.providers || !legs.length) return "";
  const stops = stopsOf(answer, legs, markets);
  return html`<section class="route" aria-labelledby="route-title">
    <h2 id="route-title">Route</h2>
    <ol>
      ${legs.map(
        (leg, index) => html`<li key=${index}>
          <span class="stop">${stops[index]}</span>
          <div class="leg">
            <p><b class="symbol">${leg.symbol}</b> <span class=${`side ${leg.side}`}>${leg.side}</span> <span class="venue">${named(leg.exchange)}</span></p>
            <dl>
              <div><dt>Price</dt><dd class="number">${grouped(leg.price)}</dd></div>
              <div><dt>Spread</dt><dd class="number">${spreadOf(markets[index]) || "none"}</dd></div>
              <div><dt>Age</dt><dd>${leg.published ? `published ${leg.published}` : html`<${Age} since=${leg.observed_at} most=${most} />`}</dd></div>
            </dl>
          </div>
        </li>`,
      )}
      <li><span class="stop last">${answer.currency_to}</span></li>
    </ol>
  </section>`;
}

function useMarkets(legs) {
  const [markets, setMarkets] = useState([]);
  const key = legs.map((leg) => `${leg.exchange} ${leg.symbol} ${leg.price}`).join();
  useEffect(() => {
    const abort = new AbortController();
    Promise.all(legs.map((leg) => marketOf(leg, abort.signal))).then(setMarkets, () => {});
    return () => abort.abort();
  }, [key]);
  return legs.map((leg, index) => (markets[index]?.symbol === leg.symbol ? markets[index] : null));
}

// The currencies along the route; one between two legs is known once its market is.
function stopsOf(answer, legs, markets) {
  const stops = [answer.currency_from];
  legs.forEach((leg, index) => stops.push(markets[index]?.[leg.side === "sell" ? "quote" : "base"] ?? "…"));
  return stops;
}

export const spreadOf = (market) => (market?.bid ? percent(percentApart(market.ask, market.bid)) : "");

// What the exchanges say about the same, and by how much that is better or worse.
export function Elsewhere({ rows, answer }) {
  const all = answer.providers
    ? [...answer.providers, ...Object.entries(answer.left_out).map(([exchange, reason]) => ({ exchange, reason }))]
    : rows;
  if (!all.length) return "";
  const isOwn = (row) => row.exchange === answer.exchange;
  return html`<section class="elsewhere" aria-labelledby="elsewhere-title">
    <h2 id="elsewhere-title">${answer.providers ? "Its exchanges" : "All exchanges"}</h2>
    <table>
      <thead><tr><th scope="col">Exchange</th><th scope="col" class="number">${answer.currency_to} for 1 ${answer.currency_from}</th><th scope="col" class="number">Apart</th></tr></thead>
      <tbody>
        ${all.map(
          (row) => html`<tr key=${row.exchange} class=${isOwn(row) ? "own" : ""}>
            <th scope="row">${named(row.exchange)}${isOwn(row) ? html` <small>this answer</small>` : ""}</th>
            ${isOwn(row)
              ? html`<td class="number">${grouped(answer.rate)}</td><td class="number">same</td>`
              : row.rate
              ? html`<td class="number">${grouped(row.rate)}</td><td class="number">${apart(row.rate, answer.rate)}${row.reason ? html`<br /><small>${row.reason}</small>` : ""}</td>`
              : html`<td colspan="2" class="reason">${row.reason}</td>`}
          </tr>`,
        )}
      </tbody>
    </table>
  </section>`;
}

function apart(rate, own) {
  const found = percentApart(rate, own);
  if (found === null || rate === own) return "same";
  return `${found > 0 ? "+" : "−"}${percent(Math.abs(found), 3)}`;
}

// What only a conversion at depth has.
export function Details({ answer }) {
  if (answer.received === undefined) return "";
  const { currency_from: from, currency_to: to } = answer;
  const rows = [
    ["Would arrive", `${grouped(answer.received)} ${to}`],
    ["Fees, deducted", `${grouped(answer.fee)} ${to}`],
    ["Slippage", `${answer.slippage_percent} %`],
    ["Traded", `${grouped(answer.filled)} ${from}`],
    ...(answer.left_over ?? []).map((rest) => ["Left over", `${grouped(rest.amount)} ${rest.currency}`]),
  ];
  return html`<section class="depth" aria-labelledby="depth-title">
    <h2 id="depth-title">At depth</h2>
    <dl>${rows.map(([name, value]) => html`<div key=${name}><dt>${name}</dt><dd class="number">${value}</dd></div>`)}</dl>
  </section>`;
}
