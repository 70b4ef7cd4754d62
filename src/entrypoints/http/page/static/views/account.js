// Keys and account: where one is signed in, the keys of programs, and the password.

import { html, useState } from "../vendor/htm-3.1.1/standalone.module.js";
import { Field } from "../fields.js";
import { Cell, Form, Gate, Loaded, once, State, Table } from "../forms.js";
import { Age, announce, Copy } from "../parts.js";
import { call, signIn, signOut, useCall } from "../session.js";
import { moment } from "../words.js";

const SCOPES = {
  convert: "Convert",
  "quotes:read": "Read recorded quotes",
  "quotes:write": "Record quotes",
  "wallets:read": "See wallets",
  "wallets:write": "Move money in wallets",
  "orders:read": "See orders",
  "orders:write": "Buy and cancel",
};

export const AccountView = () => html`<${Gate} title="Account">${(account) => html`<${Account} account=${account} />`}<//>`;

function Account({ account }) {
  const keys = useCall("api-keys");
  const sessions = useCall("me/sessions");
  const changed = () => (keys.reload(), sessions.reload());
  return html`<div class="stack"><header class="head">
      <h1>${account.username}</h1>
      <p class="reason">${account.role === "admin" ? "Administrator since" : "Here since"} ${moment(account.created_at)}</p>
      <${Form} label="Sign out" quiet act=${signOut}><//>
    </header>
    <${Keys} keys=${keys} onChange=${changed} />
    <${Sessions} sessions=${sessions} onChange=${changed} />
    <div class="columns"><${Password} account=${account} onChange=${changed} /><${Deletion} /></div></div>`;
}

function Keys({ keys, onChange }) {
  const [made, setMade] = useState(null);
  const create = async ({ name, expires_at, ...scopes }, form) => {
    const expiry = expires_at ? { expires_at: new Date(expires_at).toISOString() } : {};
    setMade(await once("api-keys", { name, scopes: Object.keys(scopes), ...expiry }));
    form.reset();
    onChange();
  };
  const remove = (key) => () => call(`api-keys/${key.id}`, { method: "DELETE" }).then(onChange);
  return html`<section class="panel">
    <h2>API keys</h2>
    <p class="reason">For programs, which send it as <code>X-API-Key</code>. A key does only what you tick.</p>
    ${made &&
    html`<div class="notice made" role="alert">
      <h2>Copy the key “${made.name}” now: it is not shown again.</h2>
      <p><code>${made.key}</code></p>
      <p class="acts"><${Copy} text=${made.key}>Copy<//><button type="button" class="quiet" onClick=${() => setMade(null)}>I have it</button></p>
    </div>`}
    <${Loaded} data=${keys.data?.api_keys} problem=${keys.problem}>${(rows) =>
      rows.length === 0
        ? html`<p class="reason">None yet.</p>`
        : html`<${Table} caption="API keys" head=${["Name", "Allowed to", "Made", "Expires", ""]}>
            ${rows.map(
              (key) => html`<tr key=${key.id}>
                <th scope="row">${key.name}</th>
                <${Cell}>${key.scopes.map((scope) => SCOPES[scope] ?? scope).join(", ")}<//>
                <${Cell}><time>${moment(key.created_at)}</time><//>
                <${Cell}>${key.expires_at ? html`<time>${moment(key.expires_at)}</time>` : "never"}<//>
                <${Cell}><${Form} label="Delete" quiet act=${remove(key)} said="Deleted" aria-label=${`Delete the key ${key.name}`}><//><//>
              </tr>`,
            )}
          <//>`}<//>
    <details><summary>New key</summary>
      <${Form} label="Make a key" act=${create}>
        <div class="fields">
          <${Field} name="name" label="Name of the key" required maxlength="64" />
          <${Field} name="expires_at" label="Expires, if ever" type="datetime-local" />
        </div>
        <fieldset><legend>Allowed to</legend>
          ${Object.entries(SCOPES).map(([scope, words]) => html`<label class="check" key=${scope}><input type="checkbox" name=${scope} /> ${words}</label>`)}
        </fieldset>
      <//>
    </details>
  </section>`;
}

function Sessions({ sessions, onChange }) {
  const end = (session) => () => call(`me/sessions/${session.id}`, { method: "DELETE" }).then(onChange);
  const endOthers = () => call("me/sessions", { method: "DELETE" }).then(onChange);
  return html`<section class="panel">
    <header class="head"><h2>Where you are signed in</h2><${Form} label="Sign out everywhere else" quiet act=${endOthers} said="Signed out everywhere else"><//></header>
    <${Loaded} data=${sessions.data?.sessions} problem=${sessions.problem}>${(rows) => html`<${Table} caption="Sessions" head=${["Where", "With", "Last renewed", "Since", ""]}>
      ${rows.map(
        (session) => html`<tr key=${session.id}>
          <th scope="row">${session.address ?? "unknown"}</th>
          <${Cell}>${session.user_agent ?? "unknown"}<//>
          <${Cell}><${Age} since=${session.last_used_at} /><//>
          <${Cell}><time>${moment(session.created_at)}</time><//>
          <${Cell}>${session.is_current ? html`<${State} kind="good">this one<//>` : html`<${Form} label="Sign out" quiet act=${end(session)} aria-label=${`Sign out ${session.user_agent}`}><//>`}<//>
        </tr>`,
      )}
    <//>`}<//>
  </section>`;
}

function Password({ account, onChange }) {
  const change = async ({ old, new: next, ...kept }, form) => {
    await call("me/password", { method: "POST", body: { old, new: next, keep_api_keys: "keep" in kept } });
    await signIn({ username: account.username, password: next }); // a new session: copies of the old cookies end
    form.reset();
    announce("The password is changed");
    onChange();
  };
  return html`<section class="panel">
    <h2>Password</h2>
    <${Form} label="Change the password" act=${change}>
      <${Field} name="old" label="Current password" type="password" required autocomplete="current-password" />
      <${Field} name="new" label="New password" type="password" required minlength="8" autocomplete="new-password" hint="At least 8 characters, and not a common one." />
      <label class="check"><input type="checkbox" name="keep" /> Keep the API keys</label>
      <p class="reason">All other sessions end. API keys are deleted unless you keep them.</p>
    <//>
  </section>`;
}

function Deletion() {
  const remove = async ({ password }) => {
    await call("me", { method: "DELETE", body: { password } });
    await signOut();
  };
  return html`<section class="panel">
    <h2>Delete the account</h2>
    <details><summary>Delete it for good …</summary>
      <${Form} label="Delete my account" act=${remove}>
        <p class="reason">All that belongs to it goes too. Its wallets must be empty.</p>
        <${Field} name="password" label="Password" type="password" required autocomplete="current-password" />
      <//>
    </details>
  </section>`;
}
