// Forms that change something: each change is made once, and what the API says of it is shown where it was asked for.

import { html, useEffect, useRef, useState } from "./vendor/htm-3.1.1/standalone.module.js";
import { Field } from "./fields.js";
import { announce, Notice, ProblemNotice } from "./parts.js";
import { asProblem, now, Problem } from "./service.js";
import { call, signIn, signUp, useSession } from "./session.js";
import { moment } from "./words.js";

// Takes amounts above 0 or, if `isZeroFine`, of 0 and more: a sign would turn a deposit into a withdrawal.
export const AmountField = ({ isZeroFine, ...others }) =>
  html`<${Field} name="amount" inputmode="decimal" required title=${isZeroFine ? "0 or more, such as 12.5" : "More than 0, such as 12.5"}
    pattern=${`${isZeroFine ? "" : "(?=.*[1-9])"} *([0-9]+[.]?[0-9]*|[.][0-9]+) *`} ...${others} />`;

// `act(values)` gets what is in the fields, by name. While it runs, the form sends nothing more.
export function Form({ act, label, quiet, said, isNext, children, ...others }) {
  const [state, setState] = useState({});
  const isBusy = useRef(false);
  const button = useRef(null);
  useEffect(() => void (isNext && button.current.focus()), []);
  const submit = async (event) => {
    event.preventDefault();
    if (isBusy.current) return;
    isBusy.current = true;
    const form = event.target.closest("form");
    setState({ isBusy: true });
    try {
      await act(Object.fromEntries(new FormData(form)), form);
      if (said) announce(said);
      setState({});
    } catch (error) {
      setState({ problem: asProblem(error) });
    } finally {
      isBusy.current = false;
    }
  };
  const isPasswordNeeded = state.problem?.body.type?.endsWith("/password-needed");
  return html`<form class="form" onSubmit=${submit} aria-busy=${state.isBusy ? "true" : "false"} ...${others}>
    ${children}
    <div class="acts"><button ref=${button} class=${quiet ? "quiet" : ""}>${label}</button></div>
    ${state.problem && (isPasswordNeeded ? html`<${PasswordNeeded} />` : html`<${Notice} title=${state.problem.title} kind="problem">${state.problem.detail}<//>`)}
  </form>`;
}

// It stands inside a form, so it is none itself.
function PasswordNeeded() {
  const [state, setState] = useState({});
  const field = useRef(null);
  const confirm = async () => {
    try {
      await call("me/confirm", { method: "POST", body: { password: field.current.value } });
      setState({ isDone: true });
    } catch (problem) {
      setState({ problem });
    }
  };
  const onKeyDown = (event) => event.key === "Enter" && (event.preventDefault(), confirm());
  if (state.isDone) return html`<${Notice} title="Thank you">Now press the button again, within 5 minutes.<//>`;
  return html`<div class="notice" role="alert">
    <h2>Your password, please</h2>
    <p>This cannot be undone, so being signed in is not enough.</p>
    <div class="field">
      <label for="again">Password</label>
      <input id="again" type="password" autocomplete="current-password" ref=${field} onKeyDown=${onKeyDown} />
    </div>
    <div class="acts"><button type="button" onClick=${confirm}>Confirm</button></div>
    ${state.problem && html`<p class="reason">${state.problem.detail}</p>`}
  </div>`;
}

// Sends a change with an Idempotency-Key, which a repeat has again until it is known what became of the change: so
// neither a lost answer, nor a page that is loaded again, makes it twice. `onDone` gets the second in which the change
// was sent, if that was before this call: then nothing more has changed.
export async function once(path, body, method = "POST", onDone = () => {}) {
  const name = `crossrate.pending ${method} ${path} ${JSON.stringify(body)}`;
  const before = sessionStorage.getItem(name);
  const [key, sentAt = now()] = before?.split(" ") ?? [random()];
  sessionStorage.setItem(name, `${key} ${sentAt}`);
  let isDone = false;
  const onReplay = () => (isDone = before !== null);
  const send = () => call(path, { method, body, headers: { "Idempotency-Key": key }, onReplay });
  let answer;
  try {
    answer = await send().catch((problem) => (isUnknown(problem) ? later(send) : Promise.reject(problem)));
  } catch (problem) {
    if (isDone && !isUnknown(problem)) {
      sessionStorage.removeItem(name); // refused back then, so nothing has changed yet
      return once(path, body, method, onDone);
    }
    if ([404, 409, 422].includes(problem.status) && !problem.retryAfter) sessionStorage.removeItem(name);
    if (isUnknown(problem)) {
      problem.detail += " It is not known whether the change was made. Send the same again: it is made once in any case.";
    }
    throw problem;
  }
  sessionStorage.removeItem(name);
  if (isDone) onDone(Number(sentAt));
  return answer;
}

// For `onDone` of what a reader may mean to do twice.
export function alreadyDone(sentAt) {
  const detail = `This was already done on ${moment(sentAt)}; nothing more was moved. Send it again to do it once more.`;
  throw new Problem({ title: "Already done", detail });
}

const isUnknown = ({ status, retryAfter }) => status === 0 || status === 504 || (status === 409 && retryAfter);
const later = (send) => new Promise((done) => setTimeout(done, 1000)).then(send);

// Not randomUUID, which browsers have over TLS only.
const random = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

// A dialog for one thing to do; `onClose` is called when it is left. Focus returns to where it was by itself.
export function Dialog({ title, onClose, children }) {
  const dialog = useRef(null);
  useEffect(() => {
    const before = document.activeElement;
    dialog.current.showModal();
    dialog.current.querySelector("[data-first], .combobox input")?.focus();
    return () => before?.focus?.();
  }, []);
  return html`<dialog ref=${dialog} class="act" aria-labelledby="dialog-title" onClose=${onClose}>
    <header><h2 id="dialog-title">${title}</h2><button type="button" class="quiet" onClick=${() => dialog.current.close()}>Close</button></header>
    ${children}
  </dialog>`;
}

// Not written out in each view: htm makes an element without anything dynamic once, and preact then loses its place.
export const Title = ({ children }) => html`<h1>${children}</h1>`;

// Shows a view to whoever is signed in, and to others how to be: also where a cookie is refused, which signing in replaces.
export function Gate({ title, children }) {
  const session = useSession();
  if (session === null) return html`<div key="asking" class="stack"><${Title}>${title}<//><p class="reason">One moment …</p></div>`;
  if (session.problem && ![401, 429].includes(session.problem.status)) return html`<div key="problem" class="stack"><${Title}>${title}<//><${ProblemNotice} problem=${session.problem} /></div>`;
  if (!session.account) return html`<${SignIn} key="nobody" isOpen=${session.is_registration_open} />`;
  return html`<div key=${session.session_id}>${children(session.account)}</div>`;
}

function SignIn({ isOpen }) {
  const [isNew, setNew] = useState(false);
  const label = isNew ? "Create the account" : "Sign in";
  return html`<section class="panel narrow">
    <h1>${isNew ? "Create an account" : "Sign in"}</h1>
    <${Form} key=${label} label=${label} act=${isNew ? signUp : signIn}>
      <${Field} name="username" label="Username" required autocomplete="username" autocapitalize="none" spellcheck=${false} data-key="/" />
      <${Field} name="password" label="Password" type="password" required minlength=${isNew ? 8 : null}
        autocomplete=${isNew ? "new-password" : "current-password"} hint=${isNew ? "At least 8 characters, and not a common one." : ""} />
    <//>
    <p class="reason">
      ${isOpen
        ? html`${isNew ? "Already have an account?" : "No account yet?"} ${" "}
            <button type="button" class="quiet" onClick=${() => setNew(!isNew)}>${isNew ? "Sign in" : "Create one"}</button>`
        : "The operator creates accounts here."}
    </p>
    <p class="reason">You stay signed in for 30 days after your last visit. Sign out under Account on a shared browser.</p>
  </section>`;
}

// A table that narrow screens show as a list, with the names of the columns beside the values. Those that begin with #
// are of numbers.
export function Table({ caption, head, children }) {
  const body = useRef(null);
  useEffect(() => {
    for (const row of body.current.rows) head.forEach((name, index) => name && index && row.cells[index] && (row.cells[index].dataset.label = name.replace("#", "")));
  });
  return html`<table class="rows">
    <caption class="unseen">${caption}</caption>
    <thead><tr>${head.map((each) => html`<th scope="col" class=${each[0] === "#" ? "number" : ""}>${each.replace("#", "") || html`<span class="unseen">Actions</span>`}</th>`)}</tr></thead>
    <tbody ref=${body}>${children}</tbody>
  </table>`;
}

export const Cell = ({ number, children }) => html`<td class=${number ? "number" : ""}><div>${children}</div></td>`;

// A state in words, and in a colour: good, warn, bad or none.
export const State = ({ kind = "", children }) => html`<span class=${`state ${kind}`}>${children}</span>`;

export const More = ({ more }) =>
  more ? html`<div class="acts"><button type="button" class="quiet" onClick=${more}>Show more</button></div>` : "";

export function Loaded({ data, problem, children }) {
  if (problem) return html`<${ProblemNotice} problem=${problem} />`;
  return data === undefined ? html`<p class="reason">One moment …</p>` : html`<div class="stack">${children(data)}</div>`;
}
