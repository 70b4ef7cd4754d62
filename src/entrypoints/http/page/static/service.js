// The service behind the page: its addresses, its API and its clock.

// Modules stand in assets/<hash>/, so this is right below any path of a proxy.
export const base = new URL("../../", import.meta.url);

export const at = (path) => new URL(path, base);

// How far the reader's clock is behind the service's, in seconds; ages count by the service's.
let behind = 0;

export const now = () => Date.now() / 1000 + behind;

// What the API answers instead of success, or that it could not be reached. `detail` is for readers.
export class Problem extends Error {
  constructor(body, status = 0, retryAfter = null) {
    super(body.detail);
    this.body = body;
    this.title = body.title;
    this.detail = body.detail;
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

const UNREACHABLE = {
  title: "No answer",
  detail: "The service could not be reached. Check the connection; the page asks again by itself.",
};

// The address of an endpoint below /api/v1; members of `query` that are null or "" are left out.
export function apiAddress(path, query = {}) {
  const address = at(`api/v1/${path}`);
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== "") address.searchParams.set(name, value);
  }
  return address;
}

// Asks an endpoint; returns its JSON, or null for an answer without a body. Throws `Problem`; an abort passes through.
// `onReplay` is called first if the answer is that of an earlier request with the same Idempotency-Key.
export async function api(path, { query, method = "GET", body, headers = {}, signal, onReplay } = {}) {
  const json = body === undefined ? {} : { "Content-Type": "application/json" };
  let response;
  let text;
  try {
    response = await fetch(apiAddress(path, query), {
      method,
      signal,
      headers: { Accept: "application/json", ...json, ...headers },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    text = await response.text();
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(UNREACHABLE);
  }
  readClock(response);
  if (response.headers.get("Idempotency-Replayed") === "true") onReplay?.();
  const answer = parsed(text);
  if (response.ok && answer !== undefined) return answer;
  throw new Problem(
    answer?.detail ? answer : { title: `Status ${response.status}`, detail: answer?.message ?? (response.statusText || UNREACHABLE.detail) },
    response.status,
    Number(response.headers.get("Retry-After")) || null,
  );
}

// For what became of a request: nothing is done for one that was aborted.
export const unlessAborted = (act) => (error) => error.name === "AbortError" || act(asProblem(error));

export const asProblem = (error) =>
  error instanceof Problem ? error : new Problem({ title: "The page failed", detail: String(error) });

function parsed(text) {
  try {
    return text === "" ? null : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function readClock(response) {
  const said = Date.parse(response.headers.get("Date") ?? "") / 1000;
  const found = said - Date.now() / 1000;
  if (Number.isFinite(found)) behind = Math.abs(found) > 2 ? found : 0; // the header knows whole seconds only
}

// All pages of a list, given to `take` as they arrive, so that the first can be shown at once.
export async function eachPage(path, member, { query, signal, take }) {
  let cursor = null;
  do {
    const page = await api(path, { query: { limit: 1000, ...query, cursor }, signal });
    take(page[member]);
    cursor = page.next_cursor ?? null;
  } while (cursor !== null);
}
