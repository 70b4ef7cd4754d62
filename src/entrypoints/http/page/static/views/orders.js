// Orders: buy at a price that is firm for some seconds, and follow what became of each order.

import { html, useEffect, useState } from "../vendor/htm-3.1.1/standalone.module.js";
import { Combobox } from "../combobox.js";
import { Choice, Field } from "../fields.js";
import { Cell, Form, Gate, Loaded, More, once, State, Table, Title } from "../forms.js";
import { useFind } from "../listed.js";
import { announce, ProblemNotice, useNow } from "../parts.js";
import { go } from "../router.js";
import { unlessAborted } from "../service.js";
import { call, useCall, usePages } from "../session.js";
import { grouped, moment, named } from "../words.js";

export const orderKeys = [["/", "the amount to buy"]];

const STATES_OF_ORDERS = {
  queued: ["warn", "Waiting for more orders"],
  batched: ["warn", "About to be bought"],
  placing: ["warn", "Being bought"],
  settled: ["good", "Bought, and in the wallet"],
  refunded: ["bad", "Not bought; the money is back"],
};
const isOver = (order) => order.status === "settled" || order.status === "refunded";

export const OrdersView = ({ parameters }) => html`<${Gate} title="Orders">${() => html`<${Orders} parameters=${parameters} />`}<//>`;

function Orders({ parameters }) {
  const status = parameters.get("status") ?? "";
  const orders = usePages("orders", "orders", { status, limit: 20 });
  const wallets = useCall("wallets");
  const changed = () => (orders.reload(), wallets.reload());
  return html`<div class="stack"><${Title}>Orders<//>
    <${Loaded} data=${wallets.data?.wallets} problem=${wallets.problem}>${(rows) => {
      const funded = rows.filter((wallet) => wallet.currencies.length > 0);
      return funded.length === 0
        ? html`<section class="panel"><p>An order is paid from a wallet. Put something into <a href="wallets" data-view="wallets">one of yours</a> first.</p></section>`
        : html`<${Buy} wallets=${funded} onBought=${changed} />`;
    }}<//>
    <section class="panel">
      <header class="head">
        <h2>Your orders</h2>
        <${Choice} name="status" label="State" value=${status} options=${{ "": "All", ...Object.fromEntries(Object.keys(STATES_OF_ORDERS).map((each) => [each, each])) }}
          onChoose=${(chosen) => go("orders", { status: chosen }, { replace: true })} />
      </header>
      <${Loaded} data=${orders.rows} problem=${orders.problem}>${(rows) =>
        rows.length === 0
          ? html`<p class="reason">No orders here.</p>`
          : html`<${Table} caption="Orders, the newest first" head=${["When", "Currency", "#Amount", "#Price", "#Cost and fee", "State", ""]}>
              ${rows.map((order) => html`<${Order} key=${order.id} order=${order} onChange=${changed} />`)}
            <//><${More} more=${orders.more} />`}<//>
    </section></div>`;
}

function Buy({ wallets, onBought }) {
  const find = useFind();
  const [buy, setBuy] = useState("BTC");
  const [name, setName] = useState(wallets[0].name);
  const [by, setBy] = useState("amount");
  const [chosen, setChosen] = useState(null);
  const [lock, setLock] = useState(null);
  const wallet = wallets.find((each) => each.name === name) ?? wallets[0];
  const others = wallet.currencies.filter((each) => each.code !== buy);
  const payWith = others.find((each) => each.code === chosen) ?? others[0];
  const price = async ({ pay_with, quantity }) =>
    setLock(await once("price-locks", { buy, pay_with, [by]: quantity }));
  if (lock) return html`<${Firm} lock=${lock} wallet=${wallet} onLeave=${() => setLock(null)} onBought=${onBought} />`;
  return html`<section class="panel">
    <h2>Buy</h2>
    <${Form} label="Get a firm price" act=${price}>
      <div class="fields">
        <${Combobox} id="buy" label="Buy" value=${buy} find=${find} onChoose=${setBuy} />
        <${Choice} name="by" label="Order by" value=${by} options=${{ amount: "amount", spend: "most to spend" }} onChoose=${setBy} />
        <${Field} name="quantity" label=${by === "amount" ? `Amount of ${buy}` : "Spend at most"} inputmode="decimal" required data-key="/" />
        <${Choice} name="wallet" label="From wallet" value=${wallet.name} options=${wallets.map((each) => each.name)} onChoose=${setName} />
        <${Choice} name="pay_with" label="Pay with" value=${payWith?.code} options=${Object.fromEntries(others.map((each) => [each.code, `${each.code} (${grouped(each.available)})`]))} onChoose=${setChosen} />
      </div>
    <//>
  </section>`;
}

// The price that is kept, for as long as it is.
function Firm({ lock, wallet, onLeave, onBought }) {
  const left = Math.max(0, Math.ceil(lock.expires_at - useNow(250)));
  const [isOver, setOver] = useState(left === 0);
  useEffect(() => {
    if (left === 0 && !isOver) setOver(true), announce("The price has expired");
  }, [left]);
  const order = async () => {
    await once("orders", { buy: lock.buy, pay_with: lock.pay_with, wallet: wallet.name, price_lock_id: lock.id });
    announce("Ordered");
    onBought();
    onLeave();
  };
  return html`<section class="panel firm" aria-label="Firm price">
    <h2>Firm price</h2>
    <p class="result"><strong class="number" data-size="long">${grouped(lock.amount)} <small>${lock.buy}</small></strong></p>
    <dl class="facts">
      <div><dt>Price of one</dt><dd class="number">${grouped(lock.price)} ${lock.pay_with}</dd></div>
      <div><dt>Cost</dt><dd class="number">${grouped(lock.cost)} ${lock.pay_with}</dd></div>
      <div><dt>Fee</dt><dd class="number">${grouped(lock.fee)} ${lock.pay_with}</dd></div>
      <div><dt>From</dt><dd>${wallet.name}</dd></div>
    </dl>
    ${isOver
      ? html`<p><${State} kind="warn">This price has expired.<//></p>`
      : html`<p role="timer">Kept for <b class="number">${left}</b> ${left === 1 ? "second" : "seconds"}</p>
          <${Form} label=${`Buy ${lock.buy}`} act=${order} isNext><//>`}
    <button type="button" class="quiet" onClick=${onLeave}>${isOver ? "Ask for a new price" : "Do not buy"}</button>
  </section>`;
}

function Order({ order, onChange }) {
  const [isShown, setShown] = useState(false);
  const [kind, words] = STATES_OF_ORDERS[order.status] ?? ["", ""];
  return html`<tr>
      <th scope="row"><time>${moment(order.created_at)}</time></th>
      <${Cell}>${order.buy}<//>
      <${Cell} number>${grouped(order.amount)}<//>
      <${Cell} number>${grouped(order.price)} ${order.pay_with}<//>
      <${Cell} number>${grouped(order.cost)} + ${grouped(order.fee)}<//>
      <${Cell}><${State} kind=${kind}>${order.status}<//> <small>${order.reason ?? words}</small><//>
      <${Cell}><button type="button" class="quiet" aria-expanded=${isShown ? "true" : "false"} aria-label=${`Details of the order of ${order.amount} ${order.buy}`} onClick=${() => setShown(!isShown)}>Details</button><//>
    </tr>
    ${isShown && html`<tr class="wide"><td colspan="7"><${Life} id=${order.id} status=${order.status} onChange=${onChange} /></td></tr>`}`;
}

// What became of an order; it follows the order until its end. `status` is what the list says of it.
function Life({ id, status, onChange }) {
  const [order, setOrder] = useState(null);
  const [problem, setProblem] = useState(null);
  useEffect(() => {
    const abort = new AbortController();
    const follow = async () => {
      let before = status;
      let found = await call(`orders/${id}`, { signal: abort.signal });
      for (;;) {
        setOrder(found);
        if (found.status !== before) onChange(), announce(`The order is ${found.status}`);
        if (isOver(found)) return;
        before = found.status;
        found = await call(`orders/${id}`, { query: { wait: 10 }, signal: abort.signal });
      }
    };
    follow().catch(unlessAborted(setProblem));
    return () => abort.abort();
  }, [id]);
  if (problem) return html`<${ProblemNotice} problem=${problem} />`;
  if (!order) return html`<p class="reason">One moment …</p>`;
  const cancel = () => call(`orders/${id}`, { method: "DELETE" }).then((ended) => (setOrder({ ...order, ...ended }), onChange()));
  return html`<ol class="life">
      ${order.life.map((event) => html`<li key=${`${event.status} ${event.at}`}><${State} kind=${STATES_OF_ORDERS[event.status]?.[0]}>${event.status}<//> <time>${moment(event.at)}</time></li>`)}
    </ol>
    <dl class="facts">
      <div><dt>Got</dt><dd class="number">${grouped(order.filled)} ${order.buy}</dd></div>
      <div><dt>Came back</dt><dd class="number">${grouped(order.refunded)} ${order.pay_with}</dd></div>
      ${order.exchange && html`<div><dt>Where</dt><dd>${named(order.exchange)}</dd></div>`}
    </dl>
    ${order.status === "queued" && html`<${Form} label="Cancel the order" quiet act=${cancel} said="Cancelled"><//>`}`;
}
