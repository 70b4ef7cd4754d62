// Wallets: what is in them, what it is worth, what moved, and forms that move it.

import { html, useState } from "../vendor/htm-3.1.1/standalone.module.js";
import { Combobox } from "../combobox.js";
import { Choice, Field } from "../fields.js";
import { alreadyDone, AmountField, Cell, Dialog, Form, Gate, Loaded, More, once, State, Table } from "../forms.js";
import { useFind } from "../listed.js";
import { Age, announce } from "../parts.js";
import { go } from "../router.js";
import { csvAddress, useCall, usePages } from "../session.js";
import { grouped, moment, named } from "../words.js";

export const walletKeys = [["n", "a new wallet"], ["w", "the currency of all worth"]];

// What something is worth is an estimate: from 1 on, eight of its decimals are shown.
const worthOf = (text) => grouped(text.replace(/^([1-9][0-9]*[.][0-9]{8})[0-9]+$/, "$1"));

const KINDS = { priced: "good", stale: "warn", unpriced: "bad" };

export const WalletsView = ({ parameters }) =>
  html`<${Gate} title="Wallets">${(account) => html`<${Wallets} account=${account} parameters=${parameters} />`}<//>`;

function Wallets({ account, parameters }) {
  const to = parameters.get("to") ?? account.default_to ?? "USD";
  const wallets = useCall("wallets");
  const worth = useCall("currencies_converted", { to });
  const entries = usePages("entries", "entries", { limit: 20 });
  const [doing, setDoing] = useState(null);
  const find = useFind();
  const reload = () => [wallets, worth, entries].forEach((each) => each.reload());
  const done = (said) => {
    announce(said);
    setDoing(null);
    reload();
  };
  const rows = wallets.data?.wallets;
  return html`<div class="stack"><header class="head">
      <h1>Wallets</h1>
      <${Combobox} id="worth-in" label="Worth in" value=${to} find=${find} shortcut="w" onChoose=${(code) => go("wallets", { to: code }, { replace: true })} />
      <button type="button" data-key="n" onClick=${() => setDoing({ kind: "create" })}>New wallet</button>
    </header>
    ${worth.data ? html`<${Total} worth=${worth.data} />` : worth.problem ? html`<${Loaded} problem=${worth.problem} />` : ""}
    <${Loaded} data=${rows} problem=${wallets.problem}>${(all) =>
      all.length === 0
        ? html`<section class="panel"><p>You have no wallet yet. Make one, and put something into it.</p></section>`
        : all.map((wallet) => html`<${Wallet} key=${wallet.id} wallet=${wallet} worth=${worth.data} onDo=${setDoing} />`)}<//>
    <${Entries} pages=${entries} />
    ${doing && html`<${Doing} key=${doing.kind} ...${doing} wallets=${rows} find=${find} done=${done} reload=${reload} onClose=${() => setDoing(null)} />`}</div>`;
}

function Total({ worth }) {
  const lines = worth.wallets.flatMap((wallet) => wallet.currencies);
  const count = (status) => lines.filter((line) => line.status === status).length;
  const unpriced = count("unpriced");
  const total = worthOf(worth.total);
  return html`<section class="answer" aria-label="Worth of everything">
    <p class="result"><strong class="number" data-size=${total.length > 15 ? "long" : ""}>${total} <small>${worth.to}</small></strong></p>
    <p class="moment">
      ${worth.updated_at ? html`<span>Oldest price <${Age} since=${worth.updated_at} /></span>` : ""}
      ${count("stale") ? html`<${State} kind="warn">${count("stale")} stale<//>` : ""}
      ${unpriced ? html`<${State} kind="bad">${unpriced} unpriced, not in the total<//>` : ""}
    </p>
  </section>`;
}

function Wallet({ wallet, worth, onDo }) {
  const valued = worth?.wallets.find((each) => each.wallet_id === wallet.id);
  const lines = new Map(valued?.currencies.map((line) => [line.id, line]));
  const act = (kind, currency) => () => onDo({ kind, wallet, currency });
  return html`<section class="panel">
    <header class="head">
      <h2 class="name">${wallet.name}</h2>
      ${valued ? html`<b class="number">${worthOf(valued.total)} ${worth.to}</b>` : ""}
      <div class="acts">
        <button type="button" class="quiet" aria-label=${`Deposit into ${wallet.name}`} onClick=${act("deposit", null)}>Deposit</button>
        <button type="button" class="quiet" aria-label=${`Rename ${wallet.name}`} onClick=${act("rename", null)}>Rename</button>
        <button type="button" class="quiet" aria-label=${`Delete ${wallet.name}`} onClick=${act("delete", null)}>Delete</button>
      </div>
    </header>
    ${wallet.currencies.length === 0
      ? html`<p class="reason">Empty.</p>`
      : html`<${Table} caption=${`In ${wallet.name}`} head=${["Currency", "#Available", "#Held", "#Worth", "State", ""]}>
          ${wallet.currencies.map((currency) => html`<${Line} key=${currency.id} currency=${currency} line=${lines.get(currency.id)} wallet=${wallet.name} to=${worth?.to} act=${act} />`)}
        <//>`}
  </section>`;
}

function Line({ currency, line, wallet, to, act }) {
  const price = line?.exchange && html`${named(line.exchange)}, <${Age} since=${line.updated_at} />`;
  return html`<tr>
    <th scope="row">${currency.code}</th>
    <${Cell} number>${grouped(currency.available)}<//>
    <${Cell} number>${currency.held === "0" ? "" : grouped(currency.held)}<//>
    <${Cell} number>${line?.converted ? `${worthOf(line.converted)} ${to}` : ""}<//>
    <${Cell}>${line ? html`<${State} kind=${KINDS[line.status]}>${line.status}<//> <small>${line.reason ?? price}</small>` : ""}<//>
    <${Cell}><span class="acts">
      ${["deposit", "withdraw", "transfer"].map((kind) => html`<button type="button" class="quiet" aria-label=${`${VERBS[kind]} ${currency.code} of ${wallet}`} onClick=${act(kind, currency)}>${VERBS[kind]}</button>`)}
    </span><//>
  </tr>`;
}

const VERBS = { deposit: "Deposit", withdraw: "Withdraw", transfer: "Transfer" };

function Entries({ pages }) {
  return html`<section class="panel">
    <header class="head"><h2>Entries</h2><a href=${csvAddress("entries")} download="entries.csv">As CSV</a></header>
    <${Loaded} data=${pages.rows} problem=${pages.problem}>${(rows) =>
      rows.length === 0
        ? html`<p class="reason">Nothing has moved yet.</p>`
        : html`<${Table} caption="Entries, the newest first" head=${["When", "What", "Wallet", "#Amount", "#Available then"]}>
            ${rows.map(
              (entry) => html`<tr key=${`${entry.transaction_id} ${entry.currency_id} ${entry.version}`}>
                <th scope="row"><time>${moment(entry.occurred_at)}</time></th>
                <${Cell}>${entry.kind.replaceAll("_", " ")}<//>
                <${Cell}>${entry.wallet}<//>
                <${Cell} number>${entry.amount === "0" && entry.held_change !== "0" ? `${signed(entry.held_change)} ${entry.code} held` : `${signed(entry.amount)} ${entry.code}`}<//>
                <${Cell} number>${grouped(entry.available)}<//>
              </tr>`,
            )}
          <//><${More} more=${pages.more} />`}<//>
  </section>`;
}

const signed = (amount) => (amount.startsWith("-") ? `−${grouped(amount.slice(1))}` : `+${grouped(amount)}`);

function Doing({ kind, wallet, currency, wallets, find, done, reload, onClose }) {
  const [code, setCode] = useState(currency?.code ?? "EUR");
  const [sure, setSure] = useState(null);
  const path = currency && `currency/add_or_withdraw_funds/${currency.id}`;
  const targets = currency ? wallets.flatMap((each) => each.currencies.filter((one) => one.code === currency.code && one.id !== currency.id).map((one) => [one.id, each.name])) : [];
  const amount = html`<${AmountField} isZeroFine=${!currency} label=${`Amount${currency ? ` in ${currency.code}` : ""}`} data-first hint=${currency && kind !== "deposit" ? `Available: ${grouped(currency.available)} ${currency.code}` : ""} />`;
  const dialog = (title, children) => html`<${Dialog} title=${title} onClose=${onClose}>${children}<//>`;
  const ask = (text, act) => setSure({ text, act });
  const repeated = (sentAt) => (reload(), alreadyDone(sentAt));
  const change = (said, path, body, method) => once(path, body, method, repeated).then(() => done(said));
  if (sure) {
    return dialog(VERBS[kind], html`<${Form} key="sure" isNext label=${`Yes, ${kind}`} act=${sure.act}><p class="sure">${sure.text}</p><//>
      <button type="button" class="quiet" onClick=${() => setSure(null)}>Back</button>`);
  }
  if (kind === "create" || kind === "rename") {
    const [title, ...request] = wallet ? [`Rename ${wallet.name}`, `wallet/${wallet.id}`, "PUT"] : ["New wallet", "wallets", "POST"];
    const save = (values) => change(`${title}: done`, request[0], values, request[1]);
    return dialog(title, html`<${Form} label=${wallet ? "Rename" : "Make it"} act=${save}><${Field} name="name" label="Name" required maxlength="64" defaultValue=${wallet?.name} data-first /><//>`);
  }
  if (kind === "delete") {
    const remove = () => change(`Deleted ${wallet.name}`, `wallet/${wallet.id}`, undefined, "DELETE");
    return dialog(`Delete ${wallet.name}`, html`<${Form} label="Delete the wallet" act=${remove}><p>It must be empty. Its entries stay readable.</p><//>`);
  }
  if (kind === "deposit") {
    const request = (amount) => (currency ? [path, { amount }] : ["currency", { wallet_id: wallet.id, code, amount }]);
    const deposit = ({ amount }) => change(`Deposited ${amount} ${code}`, ...request(amount.trim()));
    return dialog(`Deposit ${currency ? `${code} ` : ""}into ${wallet.name}`, html`<${Form} label="Deposit" act=${deposit}>
      ${currency ? "" : html`<${Combobox} id="code" label="Currency" value=${code} find=${find} onChoose=${setCode} />`}${amount}<//>`);
  }
  if (kind === "withdraw") {
    const withdraw = ({ amount }) =>
      ask(`Withdraw ${grouped(amount)} ${code} from ${wallet.name}?`, () =>
        change(`Withdrew ${amount} ${code}`, path, { amount: `-${amount.trim()}` }));
    return dialog(`Withdraw ${code} from ${wallet.name}`, html`<${Form} label="Withdraw …" act=${withdraw}>${amount}<//>`);
  }
  if (targets.length === 0) {
    return dialog("Transfer", html`<p>No other wallet of yours holds ${code}. Deposit some there first, 0 is enough.</p>`);
  }
  const transfer = ({ amount, to }) =>
    ask(`Transfer ${grouped(amount)} ${code} from ${wallet.name} to ${Object.fromEntries(targets)[to]}?`, () =>
      change(`Transferred ${amount} ${code}`, "transfers", { from_currency_id: currency.id, to_currency_id: to, amount: amount.trim() }));
  return dialog(`Transfer ${code} from ${wallet.name}`, html`<${Form} label="Transfer …" act=${transfer}>
    ${amount}<${Choice} name="to" label="To" options=${Object.fromEntries(targets)} /><//>`);
}
