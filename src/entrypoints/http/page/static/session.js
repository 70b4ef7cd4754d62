// Who is signed in. The tokens are in cookies that no script can read; a page knows no more than the session's id, and
// names it with every request, so that it never acts for somebody who has signed in since, in another tab.

import { useEffect, useState } from "./vendor/htm-3.1.1/standalone.module.js";
import { api, asProblem, at, base, unlessAborted } from "./service.js";

let known = null; // what GET /session has answered
let asking = null;
let renewing = null;
const learners = new Set();
const others = new BroadcastChannel(base);

// The session as { account, session_id, is_registration_open }, null until it is known. `account` is absent for nobody.
export function useSession() {
  const [session, setSession] = useState(known);
  useEffect(() => {
    learners.add(setSession);
    if (known === null) loadSession();
    else setSession(known);
    return () => learners.delete(setSession);
  }, []);
  return session;
}

export async function signIn(credentials) {
  learn(await api("session", { method: "POST", body: credentials }));
  others.postMessage("changed");
}

export const signUp = async (credentials) => {
  await api("authenticate/register", { method: "POST", body: credentials });
  await signIn(credentials);
};

export async function signOut() {
  await api("session", { method: "DELETE" });
  learn({ is_registration_open: known?.is_registration_open ?? false });
  others.postMessage("changed");
}

// Asks an endpoint as whoever is signed in. An access token that has expired is renewed first.
export async function call(path, options = {}) {
  const meant = known?.session_id;
  const ask = () => api(path, { ...options, headers: { ...options.headers, "X-Session-Id": meant } });
  try {
    return await ask();
  } catch (problem) {
    if (problem.status !== 401 || !meant) throw problem;
    await renew();
    if (known?.session_id !== meant) throw problem;
    return ask();
  }
}

function learn(session) {
  known = session;
  const operate = document.querySelector('nav a[data-view="operate"]');
  if (operate) operate.closest("li").hidden = session.account?.role !== "admin";
  if (operate?.ariaCurrent) operate.closest("nav").scrollLeft = 999;
  for (const listener of learners) listener(session);
}

function loadSession() {
  asking ??= api("session")
    .then((session) => (session.may_refresh ? renew() : learn(session)))
    .catch((problem) => learn({ problem }))
    .finally(() => (asking = null));
  return asking;
}

// Two tabs may do this at once: the service gives both the same next tokens.
function renew() {
  renewing ??= api("session/refresh", { method: "POST" })
    .then(learn)
    .catch(async (problem) => {
      if (problem.status !== 401) throw problem;
      await api("session", { method: "DELETE" }); // whatever is left of it
      learn(await api("session"));
    })
    .finally(() => (renewing = null));
  return renewing;
}

others.onmessage = () => known && loadSession();

// The browser may show a page again as it was left.
addEventListener("pageshow", (event) => event.persisted && known && loadSession());

export const csvAddress = (path) => at(`api/v1/${path}?format=csv`).href;

// What an endpoint answers, again after `reload()`, as { data, problem, reload }.
export function useCall(path, query = {}) {
  const [state, setState] = useState({});
  const [turn, setTurn] = useState(0);
  const key = `${path} ${JSON.stringify(query)}`;
  useEffect(() => {
    const abort = new AbortController();
    call(path, { query, signal: abort.signal }).then(
      (data) => setState({ data }),
      unlessAborted((problem) => setState({ problem })),
    );
    return () => abort.abort();
  }, [key, turn]);
  return { ...state, reload: () => setTurn((before) => before + 1) };
}

// A list in pages, as { rows, problem, more, reload }; `more` is null on the last page.
export function usePages(path, member, query = {}) {
  const [state, setState] = useState({});
  const key = `${path} ${JSON.stringify(query)}`;
  const fetchPage = (before, cursor) =>
    call(path, { query: { ...query, cursor } }).then(
      (page) => setState({ key, rows: [...before, ...page[member]], cursor: page.next_cursor }),
      (problem) => setState({ key, rows: before, problem: asProblem(problem) }),
    );
  const reload = () => fetchPage([], null);
  useEffect(() => void reload(), [key]);
  const more = state.cursor ? () => fetchPage(state.rows, state.cursor) : null;
  return { rows: state.key === key ? state.rows : undefined, problem: state.problem, more, reload };
}
