// Convert: what an amount is worth, while it is typed and while prices change. The server draws the same without script.

import { html, useEffect, useState } from "../vendor/htm-3.1.1/standalone.module.js";
import { queryOf, useConversion, useElsewhere } from "../asking.js";
import { Combobox } from "../combobox.js";
import { over, parse, times } from "../decimal.js";
import { Choice, Field } from "../fields.js";
import { Details, Elsewhere, Legs } from "../findings.js";
import { exchanges, useFind } from "../listed.js";
import { Age, announce, Copy, Notice, ProblemNotice } from "../parts.js";
import { go } from "../router.js";
import { apiAddress } from "../service.js";
import { grouped, named, namesOf, time } from "../words.js";

export const convertKeys = [
  ["/", "the amount"],
  ["s", "swap the currencies"],
  ["f", "the currency to convert from"],
  ["t", "the currency to convert to"],
  ["↓ ↑ Enter", "choose in a list"],
];

// As in convert_view.py.
const USUAL = { from: "BTC", to: "USDT", amount: "1", exchange: "", rate_type: "mid", cache_max_seconds: "60" };
const RATE_TYPES = {
  mid: "Mid: between bid and ask",
  executable: "Executable: sell at the bid, buy at the ask",
  depth: "Depth: what this amount would bring",
  median: "Median of all exchanges",
};
const AGES = { 5: "5 seconds", 60: "a minute", 600: "10 minutes", 3600: "an hour", null: "fetched for this answer" };

// As in routes.py.
const NOT_THEN = "This page converts at the prices of now. History shows past ones; GET /api/v1/convert takes at.";

export const ConvertView = ({ parameters, given }) =>
  parameters.get("at")
    ? html`<div class="convert"><${Notice} title="Invalid input" kind="problem">${NOT_THEN}<//></div>`
    : html`<${Convert} parameters=${parameters} given=${given} />`;

function Convert({ parameters, given }) {
  const asked = Object.fromEntries(Object.entries(USUAL).map(([name, usual]) => [name, parameters.get(name) ?? usual]));
  const { answer, problem, isAsking, ask } = useConversion(asked, given);
  // What the other side shows while it has the focus: a new rate would undo a selection.
  const [wanted, setWanted] = useState(null);
  const find = useFind();
  const names = useExchanges();

  const isSamePair = answer?.currency_from === asked.from.toUpperCase() && answer?.currency_to === asked.to.toUpperCase();
  const shown = isSamePair && answer.amount !== asked.amount && parse(asked.amount) ? guessed(answer, asked.amount) : answer;
  const change = (changed, options) => go("", shortened({ ...asked, ...changed }), options);
  const choose = (changed) => (setWanted(null), change(changed));
  const onAmount = (event) => (setWanted(null), change({ amount: event.target.value }, { replace: true }));
  const onWanted = (event) => {
    setWanted(event.target.value);
    const amount = isSamePair ? over(event.target.value, answer.rate) : null;
    if (amount !== null) change({ amount }, { replace: true });
  };
  const swap = () => choose({ from: asked.to, to: asked.from });
  const select = (name, label, options) =>
    html`<${Choice} name=${name} label=${label} options=${options} value=${asked[name]} onChoose=${(value) => choose({ [name]: value })} />`;

  useEffect(() => {
    if (answer) announce(`${answer.amount} ${answer.currency_from} is ${answer.result} ${answer.currency_to} on ${named(answer.exchange)}`);
  }, [answer?.amount, answer?.currency_from, answer?.currency_to, answer?.exchange, problem]);

  return html`<div class="convert">
    <h1 class="unseen">Convert</h1>
    <form class="ask" onSubmit=${(event) => (event.preventDefault(), ask())}>
      <div class="line">
        <div class="pane">
          <${Field} name="amount" label="Amount" kind="amount" value=${asked.amount} inputmode="decimal" required data-key="/" onInput=${onAmount} />
          <${Combobox} id="from" label="From" value=${asked.from} find=${find} shortcut="f" onChoose=${(from) => choose({ from })} />
        </div>
        <button type="button" class="swap" data-key="s" aria-label="Swap the currencies" title="Swap (s)" onClick=${swap}>⇄</button>
        <div class="pane">
          <${Field} name="wanted" label="Brings" kind="amount" value=${wanted ?? shown?.result ?? ""} inputmode="decimal" onInput=${onWanted} onFocus=${(event) => setWanted(event.target.value)} onBlur=${() => setWanted(null)} />
          <${Combobox} id="to" label="To" value=${asked.to} find=${find} shortcut="t" onChoose=${(to) => choose({ to })} />
        </div>
      </div>
      <div class="choices">
        ${select("exchange", "Exchange", { "": "Any, in order", best: "The best", ...names })}
        ${select("cache_max_seconds", "Oldest price", AGES)}
        ${select("rate_type", "Rate", RATE_TYPES)}
      </div>
    </form>
    ${problem ? html`<${ProblemNotice} problem=${problem} />` : shown ? html`<${Answer} answer=${shown} asked=${asked} />` : html`<${Waiting} />`}
    <div class="progress" data-asking=${isAsking ? "yes" : "no"}></div>
  </div>`;
}

function Answer({ answer, asked }) {
  const elsewhere = useElsewhere(asked, answer);
  const { currency_from: from, currency_to: to } = answer;
  const most = asked.cache_max_seconds === "null" ? Infinity : Number(asked.cache_max_seconds);
  const inverse = over("1", answer.rate);
  const curl = `curl -s '${apiAddress("convert", { ...queryOf(asked), include_route: true })}'`;
  return html`<section class="answer" aria-label="Answer">
      <p class="result">
        <span>${grouped(answer.amount)} ${from} =</span>
        <strong class="number" data-size=${answer.result.length > 15 ? "long" : ""}>${grouped(answer.result)} <small>${to}</small></strong>
      </p>
      <p class="rate">
        1 ${from} = <b class="number">${grouped(answer.rate)}</b> ${to}${inverse &&
        html`<span class="apart">1 ${to} = <b class="number">${grouped(inverse)}</b> ${from}</span>`}
      </p>
      <p class="moment">
        <span>${named(answer.exchange)}, <${Age} since=${answer.updated_at} most=${most} />, at ${time(answer.updated_at)}</span>
        <span class="tools">
          <${Copy} text=${curl}>Copy as curl<//>
          <${Copy} text=${location.href}>Copy link<//>
        </span>
      </p>
    </section>
    <div class="findings">
      <${Legs} answer=${answer} most=${most} />
      <${Elsewhere} rows=${elsewhere} answer=${answer} />
      <${Details} answer=${answer} />
    </div>`;
}

const Waiting = () =>
  html`<section class="answer" aria-label="Answer"><p class="result"><span>Asking the exchanges …</span></p></section>`;

// Until the service answers, the same rate gives what a changed amount brings.
const guessed = (answer, amount) => ({ ...answer, amount, result: times(amount, answer.rate) ?? answer.result });

// What is as usual is left out of the address, except the question itself.
function shortened(asked) {
  const isKept = ([name, value]) => ["from", "to", "amount"].includes(name) || value !== USUAL[name];
  return Object.fromEntries(Object.entries(asked).filter(isKept));
}

function useExchanges() {
  const [names, setNames] = useState({});
  useEffect(() => {
    exchanges().then((rows) => setNames(namesOf(rows.map(({ name }) => name))), () => {});
  }, []);
  return names;
}
