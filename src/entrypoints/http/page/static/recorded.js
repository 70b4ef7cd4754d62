// What was: recorded quotes as candles, and the reference rates of the European Central Bank.

import { api, apiAddress, now, Problem } from "./service.js";
import { iso } from "./words.js";

const DAY = 86400;
const MOST_CANDLES = 1000;

export const RANGES = { 7: "7 days", 30: "30 days", 90: "90 days", 365: "a year" };

// { times, points, problem? } of a pair; a point is { open, high, low, close }. `kind` is ecb, 1h or 1d.
export async function pointsOf(pair, kind, days, signal) {
  const [base, quote] = pair.toUpperCase().split("/");
  if (!base || !quote) throw new Problem({ title: "Not a pair", detail: "Write a pair as BASE/QUOTE, such as EUR/USD." });
  return kind === "ecb" ? publications(base, quote, days, signal) : candles(`${base}/${quote}`, kind, days, signal);
}

async function candles(pair, interval, days, signal) {
  const answer = await api("quotes/candles", { query: candleQuery(pair, interval, days), signal });
  const points = answer.candles.map(({ opened_at, ...prices }) => ({ time: opened_at, ...prices }));
  return columns(points);
}

function candleQuery(pair, interval, days) {
  const length = interval === "1h" ? DAY / 24 : DAY;
  const from = Math.max(now() - days * DAY, now() - (MOST_CANDLES - 2) * length);
  return { pair, interval, from: Math.floor(from) };
}

async function publications(base, quote, days, signal) {
  const answer = await api(`../../v1/${dayBefore(days)}..`, { query: { base, symbols: quote }, signal });
  const points = Object.entries(answer.rates).map(([day, rates]) => {
    const rate = String(rates[quote]);
    return { time: Date.parse(day) / 1000, open: rate, high: rate, low: rate, close: rate };
  });
  return columns(points);
}

const dayOf = (seconds) => iso(seconds).slice(0, 10);
const dayBefore = (days) => dayOf(now() - days * DAY);

const columns = (points) => ({ times: points.map((point) => point.time), points });

// Where the same is as CSV; the bank's rates are made here, because they have no such answer.
export function csvOf(pair, kind, days, data) {
  if (kind !== "ecb") return apiAddress("quotes/candles", { ...candleQuery(pair.toUpperCase(), kind, days), format: "csv" }).href;
  const rows = data.points.map((point) => `${dayOf(point.time)},${point.close}`);
  return `data:text/csv;charset=utf-8,${encodeURIComponent(["day,rate", ...rows].join("\r\n"))}`;
}
