// Numbers, ages and moments as readers want them.

// A decimal as the API writes it, with its thousands apart. No digit is lost.
export function grouped(text) {
  const [whole, fraction] = String(text).split(".");
  const apart = whole.replace(/\B(?=([0-9]{3})+$)/g, ",");
  return fraction === undefined ? apart : `${apart}.${fraction}`;
}

export function percent(value, digits = 2) {
  if (value === null || !Number.isFinite(value)) return "";
  const small = 10 ** -digits;
  return Math.abs(value) < small && value !== 0 ? `< ${small.toFixed(digits)} %` : `${value.toFixed(digits)} %`;
}

const UNITS = [
  ["day", 86400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
];

// An age in words: "just now", "3 seconds", "2 hours".
export function ageInWords(seconds) {
  if (seconds < 1) return "just now";
  const [unit, length] = UNITS.find(([, each]) => seconds >= each);
  const count = Math.floor(seconds / length);
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}

const MOMENT = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const TIME = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });

// A Unix second in the reader's zone.
export const moment = (seconds) => MOMENT.format(new Date(seconds * 1000));
export const time = (seconds) => TIME.format(new Date(seconds * 1000));
export const iso = (seconds) => new Date(seconds * 1000).toISOString();
export const zone = Intl.DateTimeFormat().resolvedOptions().timeZone ?? "local time";

// Names of exchanges are lower-case words in the API. As in convert_view.py.
export const named = (exchange) => exchange.split("+").map((each) => NAMES[each] ?? each[0].toUpperCase() + each.slice(1)).join(" + ");

// As options of a choice.
export const namesOf = (exchanges) => Object.fromEntries(exchanges.map((each) => [each, named(each)]));

const NAMES = { kucoin: "KuCoin", okx: "OKX", ecb: "ECB" };
