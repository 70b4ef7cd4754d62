// Exact arithmetic on decimals as text, as the API writes them.

const NUMBER = /^([0-9]*)(?:\.([0-9]*))?(?:[eE]\+?([0-9]{1,2}))?$/;

// Returns { units, scale } with the value units / 10^scale, or null for what is no number of 0 or more.
export function parse(text) {
  const match = NUMBER.exec(text.trim());
  if (match === null || !(match[1] || match[2])) return null;
  const fraction = match[2] ?? "";
  const power = Number(match[3] ?? 0);
  const scale = fraction.length - power;
  const units = BigInt((match[1] ?? "") + fraction || "0");
  return scale >= 0 ? { units, scale } : { units: units * 10n ** BigInt(-scale), scale: 0 };
}

function write(units, scale) {
  const digits = units.toString().padStart(scale + 1, "0");
  const whole = digits.slice(0, digits.length - scale);
  const fraction = scale ? digits.slice(-scale).replace(/0+$/, "") : "";
  return fraction ? `${whole}.${fraction}` : whole;
}

// Exactly a times b, or null where one is no number.
export function times(a, b) {
  const [x, y] = [parse(a), parse(b)];
  return x && y && write(x.units * y.units, x.scale + y.scale);
}

// a divided by b to 12 significant digits, or null where that is no number.
export function over(a, b, digits = 12) {
  const [x, y] = [parse(a), parse(b)];
  if (!x || !y || y.units === 0n) return null;
  const extra = digits + y.units.toString().length;
  const quotient = (x.units * 10n ** BigInt(extra + y.scale)) / y.units;
  return rounded(quotient, extra + x.scale, digits);
}

function rounded(units, scale, digits) {
  const surplus = units.toString().length - digits;
  if (surplus <= 0) return write(units, scale);
  const unit = 10n ** BigInt(surplus);
  const kept = (units + unit / 2n) / unit;
  return scale >= surplus ? write(kept, scale - surplus) : write(kept * 10n ** BigInt(surplus - scale), 0);
}

// The difference of two decimals in percent of the second, as a number for readers; null where there is none.
export function percentApart(a, b) {
  const [x, y] = [Number(a), Number(b)];
  return y > 0 ? ((x - y) / y) * 100 : null;
}
