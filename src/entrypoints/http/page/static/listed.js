// What can be converted, as the API lists it; fetched once for all views.

import { useEffect, useState } from "./vendor/htm-3.1.1/standalone.module.js";
import { api, eachPage } from "./service.js";
import { named } from "./words.js";

let currencies = null;

// Every listed currency as { code, name, exchanges }.
export function allCurrencies() {
  currencies ??= collected().catch((problem) => {
    currencies = null; // the next who asks tries again
    throw problem;
  });
  return currencies;
}

async function collected() {
  const found = [];
  await eachPage("currencies", "currencies", { take: (rows) => found.push(...rows) });
  return found;
}

// Those that match, the best first: the code itself, codes that begin with it, names that do, and then what contains it.
export function matching(rows, text) {
  const wanted = text.trim().toLowerCase();
  if (!wanted) return rows;
  const ranks = [[], [], [], []];
  for (const row of rows) {
    const [code, name] = [row.code.toLowerCase(), (row.name ?? "").toLowerCase()];
    if (code === wanted) ranks[0].push(row);
    else if (code.startsWith(wanted)) ranks[1].push(row);
    else if (name.startsWith(wanted) || name.includes(` ${wanted}`)) ranks[2].push(row);
    else if (code.includes(wanted) || name.includes(wanted) || row.exchanges.includes(wanted)) ranks[3].push(row);
  }
  return ranks.flat();
}

// The market of a leg, with base, quote, bid and ask; null where it is not listed any more.
export async function marketOf(leg, signal) {
  const query = { exchange: leg.exchange, search: leg.symbol, limit: 5, include_prices: true };
  const { pairs } = await api("pairs", { query, signal });
  return pairs.find((pair) => pair.symbol === leg.symbol) ?? null;
}

export const exchanges = (signal) => api("exchanges", { signal }).then((answer) => answer.exchanges);

// What a combobox needs to offer every listed currency.
export function useFind() {
  const [rows, setRows] = useState([]);
  useEffect(() => void allCurrencies().then(setRows, () => {}), []);
  return (text) =>
    matching(rows, text).map((row) => ({ value: row.code, name: row.name ?? "", note: row.exchanges.map(named).join(" · ") }));
}
