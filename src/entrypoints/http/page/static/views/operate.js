// Operate, for administrators: whether the books agree, what is being bought, who did what, and the halt.

import { html, useState } from "../vendor/htm-3.1.1/standalone.module.js";
import { Field } from "../fields.js";
import { Cell, Dialog, Form, Gate, Loaded, More, State, Table, Title } from "../forms.js";
import { Age, announce, Notice } from "../parts.js";
import { call, csvAddress, useCall, usePages } from "../session.js";
import { grouped, moment } from "../words.js";

export const operateKeys = [["h", "halt or resume all buying"]];

export const OperateView = () =>
  html`<${Gate} title="Operate">${(account) =>
    account.role === "admin"
      ? html`<${Operate} />`
      : html`<${Notice} title="For administrators">${account.username} is not an administrator.<//>`}<//>`;

function Operate() {
  const clearing = useCall("admin/assets");
  const [doing, setDoing] = useState(null);
  const changed = (said) => (announce(said), setDoing(null), clearing.reload());
  return html`<div class="stack"><${Title}>Operate<//>
    <${Reconciliation} />
    <${Loaded} data=${clearing.data} problem=${clearing.problem}>${(data) => html`<${Clearing} data=${data} onDo=${setDoing} />`}<//>
    <${Batches} /><${Ledger} /><${Audit} />
    ${doing && html`<${Halt} ...${doing} changed=${changed} onClose=${() => setDoing(null)} />`}</div>`;
}

function Reconciliation() {
  const found = useCall("admin/reconciliation");
  return html`<section class="panel">
    <header class="head"><h2>Do the books agree?</h2><button type="button" class="quiet" onClick=${found.reload}>Compare again</button></header>
    <${Loaded} data=${found.data} problem=${found.problem}>${(data) => {
      const rows = [
        ...data.currencies.map((each) => ["Orders", each.code, grouped(each.debits), parts(each), each.difference]),
        ...data.venues.flatMap((venue) => (venue.assets ?? []).map((each) => [`Held at ${venue.venue}`, each.code, grouped(each.expected), grouped(each.held), each.difference])),
      ];
      const kind = data.differences ? "bad" : "good";
      return html`<p><${State} kind=${kind}>${data.differences ? `${data.differences} differences` : "Everything agrees"}<//> <${Age} since=${data.at} /></p>
        ${rows.length > 0 &&
        html`<${Table} caption="Books compared" head=${["What", "Currency", "#Expected", "#Found", "#Difference"]}>
          ${rows.map(([what, code, expected, held, difference]) => html`<tr key=${what + code}>
            <th scope="row">${what}</th><${Cell}>${code}<//>
            <${Cell} number>${expected}<//><${Cell} number>${held}<//>
            <${Cell} number>${difference === "0" ? "0" : html`<${State} kind="bad">${grouped(difference)}<//>`}<//>
          </tr>`)}
        <//>`}`;
    }}<//>
  </section>`;
}

// Where the money of orders is: what was paid is settled, pending or refunded.
const parts = (sums) =>
  ["settled", "pending", "refunded"].filter((name) => sums[name] !== "0").map((name) => `${grouped(sums[name])} ${name}`).join(", ") || "0";

function Clearing({ data, onDo }) {
  const act = (asset, halt) => () => onDo({ asset, halt });
  const button = (asset, halt, key) =>
    html`<button type="button" class=${halt ? "" : "quiet"} data-key=${key} aria-label=${`${halt ? "Resume" : "Halt"} ${asset ?? "all buying"}`} onClick=${act(asset, halt)}>${halt ? "Resume" : "Halt"}</button>`;
  return html`<section class="panel">
    <header class="head"><h2>Buying</h2>
      <p>${data.halt ? html`<${Halted} halt=${data.halt} />` : html`<${State} kind="good">not halted<//>`}</p>
      ${button(null, data.halt, "h")}
    </header>
    ${data.assets.length === 0
      ? html`<p class="reason">Nothing is for sale.</p>`
      : html`<${Table} caption="What is for sale" head=${["Currency", "Bought at", "#Threshold", "State", ""]}>
          ${data.assets.map(
            (asset) => html`<tr key=${asset.code}>
              <th scope="row">${asset.code}</th>
              <${Cell}>${asset.venues.join(", ")}<//>
              <${Cell} number>${grouped(asset.threshold)} ${asset.clear_with}<//>
              <${Cell}>${asset.halt ? html`<${Halted} halt=${asset.halt} />` : html`<${State} kind="good">not halted<//>`}<//>
              <${Cell}><span class="acts">${button(asset.code, asset.halt)}</span><//>
            </tr>`,
          )}
        <//>`}
  </section>`;
}

const Halted = ({ halt }) => html`<${State} kind="bad">halted<//> <small>by ${halt.by}, ${moment(halt.at)}: ${halt.reason}</small>`;

function Halt({ asset, halt, changed, onClose }) {
  const what = asset ?? "all buying";
  const body = asset ? { asset } : {};
  const send = ({ reason }) =>
    call(`admin/clearing/${halt ? "resume" : "halt"}`, { method: "POST", body: halt ? body : { ...body, reason } }).then(() => changed(`${halt ? "Resumed" : "Halted"} ${what}`));
  const title = `${halt ? "Resume" : "Halt"} ${what}`;
  return html`<${Dialog} title=${title} onClose=${onClose}>
    <${Form} label=${title} act=${send}>
      ${halt
        ? html`<p>Halted by ${halt.by}: ${halt.reason}</p>`
        : html`<p>Orders already at an exchange are still finished.</p><${Field} name="reason" label="Reason" required maxlength="200" data-first />`}
    <//>
  <//>`;
}

function Batches() {
  const batches = usePages("admin/batches", "batches", { limit: 10 });
  return html`<section class="panel"><h2>Batches</h2>
    <${Loaded} data=${batches.rows} problem=${batches.problem}>${(rows) =>
      rows.length === 0
        ? html`<p class="reason">Nothing has been bought yet.</p>`
        : html`<${Table} caption="Batches, the newest first" head=${["When", "State", "#Orders", "#Wanted", "#Got", "#Paid"]}>
            ${rows.map(
              (batch) => html`<tr key=${batch.id}>
                <th scope="row"><time>${moment(batch.formed_at)}</time></th>
                <${Cell}><${State} kind=${batch.stuck_since ? "bad" : batch.finished_at ? "good" : "warn"}>${batch.stuck_since ? "stuck" : batch.status}<//> <small>${batch.reason ?? ""}</small><//>
                <${Cell} number>${batch.orders}<//>
                <${Cell} number>${grouped(batch.wanted)} ${batch.asset}<//>
                <${Cell} number>${grouped(batch.received)}<//>
                <${Cell} number>${grouped(batch.paid)} ${batch.clear_with}<//>
              </tr>`,
            )}
          <//><${More} more=${batches.more} />`}<//>
  </section>`;
}

function Ledger() {
  const ledger = usePages("admin/ledger", "assets", { limit: 20 });
  return html`<section class="panel">
    <header class="head"><h2>Ledger</h2><a href=${csvAddress("admin/ledger")} download="ledger.csv">As CSV</a></header>
    <${Loaded} data=${ledger.rows} problem=${ledger.problem}>${(rows) =>
      rows.length === 0
        ? html`<p class="reason">The ledger is empty.</p>`
        : html`<${Table} caption="Ledger totals" head=${["Currency", "#Owed to users", "#Owned", "#At exchanges", "#Must be in custody"]}>
            ${rows.map(
              (asset) => html`<tr key=${asset.code}>
                <th scope="row">${asset.code}</th>
                <${Cell} number>${grouped(asset.owed)}<//><${Cell} number>${grouped(asset.owned)}<//>
                <${Cell} number>${grouped(asset.at_venues)}<//><${Cell} number>${grouped(asset.in_custody)}<//>
              </tr>`,
            )}
          <//><${More} more=${ledger.more} />`}<//>
  </section>`;
}

function Audit() {
  const events = usePages("admin/audit", "events", { limit: 20 });
  return html`<section class="panel">
    <header class="head"><h2>Audit log</h2><a href=${csvAddress("admin/audit")} download="audit.csv">As CSV</a></header>
    <${Loaded} data=${events.rows} problem=${events.problem}>${(rows) => html`<${Table} caption="Audit log, the newest first" head=${["When", "Who", "What", "From", "More"]}>
      ${rows.map(
        (event, index) => html`<tr key=${index}>
          <th scope="row"><time>${moment(event.at)}</time></th>
          <${Cell}>${event.who}<//>
          <${Cell}>${event.action.replaceAll("_", " ")} ${event.outcome === "done" ? "" : html`<${State} kind="bad">${event.outcome}<//>`}<//>
          <${Cell}>${event.address}<//>
          <${Cell}>${event.detail}<//>
        </tr>`,
      )}
    <//><${More} more=${events.more} />`}<//>
  </section>`;
}
