// Asks for a conversion again and again: while the reader types, as prices change, and when they grow too old.

import { useEffect, useRef, useState } from "./vendor/htm-3.1.1/standalone.module.js";
import { api, apiAddress, now, unlessAborted } from "./service.js";
import { times } from "./decimal.js";

const PAUSE_MS = 150; // between the last key and the question
const SHORTEST_SECONDS = 2; // between two questions that nobody typed
const USUAL_SECONDS = 10;

// The API's parameters for what the page's address asks.
export function queryOf({ from, to, ...others }) {
  return { currency_from: from, currency_to: to, ...others };
}

// { answer, problem, isAsking, ask } for what is asked; `given` is the answer that came with the page.
export function useConversion(asked, given) {
  const key = JSON.stringify(asked);
  const [state, setState] = useState(() => ({ answer: given && { ...given, amount: asked.amount }, problem: null, isAsking: !given }));
  const [turn, setTurn] = useState(0);
  const last = useRef({ key: given ? key : null, turn: 0 });

  useEffect(() => {
    const isNew = last.current.key !== key;
    if (!isNew && last.current.turn === turn) return;
    const pause = isNew && last.current.key !== null ? PAUSE_MS : 0;
    last.current = { key, turn };
    const abort = new AbortController();
    const timer = setTimeout(() => {
      setState((before) => ({ ...before, isAsking: isNew }));
      api("convert", { query: { ...queryOf(asked), include_route: true }, signal: abort.signal }).then(
        (answer) => setState({ answer: { ...answer, amount: asked.amount }, problem: null, isAsking: false }),
        unlessAborted((problem) => setState({ answer: null, problem, isAsking: false })),
      );
    }, pause);
    return () => (clearTimeout(timer), abort.abort());
  }, [key, turn]);

  const ask = () => setTurn((before) => before + 1);
  useAgain(state, asked, ask);
  useStream(state.answer, asked, (rate) => setState((before) => ({ ...before, answer: before.answer && { ...before.answer, ...rate } })));
  return { ...state, ask };
}

const isStreamed = (asked) => !asked.exchange && ["mid", "executable"].includes(asked.rate_type);

// Asks again once the prices are older than accepted, or after a failure that may pass.
function useAgain({ answer, problem, isAsking }, asked, ask) {
  const most = asked.cache_max_seconds === "null" ? Infinity : Number(asked.cache_max_seconds);
  useEffect(() => {
    if (isAsking) return;
    const mayPass = problem && (problem.status === 0 || problem.status === 429 || problem.status >= 500);
    let seconds = mayPass ? (problem.retryAfter ?? USUAL_SECONDS) : Infinity;
    if (answer) seconds = Math.max(answer.updated_at + most + 1 - now(), SHORTEST_SECONDS);
    if (answer && !isStreamed(asked) && most !== Infinity) seconds = Math.min(seconds, USUAL_SECONDS);
    if (seconds === Infinity) return;
    const timer = setTimeout(() => document.hidden || ask(), seconds * 1000);
    const seen = () => document.hidden || ask();
    document.addEventListener("visibilitychange", seen);
    addEventListener("online", seen);
    return () => {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", seen);
      removeEventListener("online", seen);
    };
  }, [answer, problem, isAsking]);
}

// Follows the rate of the pair while the page is seen. `take` gets the changed members of the answer.
function useStream(answer, asked, take) {
  const isOn = answer !== null && isStreamed(asked) && asked.from !== asked.to;
  const amount = useRef(asked.amount);
  amount.current = asked.amount;
  useEffect(() => {
    if (!isOn) return;
    const address = apiAddress("stream", { pairs: `${asked.from}/${asked.to}`, rate_type: asked.rate_type, include_route: true });
    let source = null;
    const hear = ({ data }) => {
      const { pair: _, ...rate } = JSON.parse(data);
      const result = times(amount.current, rate.rate);
      if (result !== null) take({ ...rate, result, amount: amount.current });
    };
    const follow = () => {
      source?.close();
      source = document.hidden ? null : new EventSource(address);
      if (source) source.onmessage = hear;
    };
    const timer = setTimeout(follow, 400);
    document.addEventListener("visibilitychange", follow);
    return () => {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", follow);
      source?.close();
    };
  }, [isOn, asked.from, asked.to, asked.rate_type]);
}

// What all exchanges say, the best first, as { exchange, rate, reason }; asked a moment after the answer, and now and then.
export function useElsewhere(asked, answer) {
  const [rows, setRows] = useState([]);
  const isOn = answer !== null && asked.from !== asked.to;
  const kind = asked.rate_type === "median" ? "mid" : asked.rate_type;
  const amount = kind === "depth" ? asked.amount : "1";
  useEffect(() => {
    if (!isOn) return setRows([]);
    const abort = new AbortController();
    const query = { ...queryOf({ from: asked.from, to: asked.to, amount }), rate_type: kind, exchange: "best", cache_max_seconds: 600 };
    const compare = () =>
      document.hidden ||
      api("convert", { query, signal: abort.signal }).then(
        (best) => setRows([{ exchange: best.exchange, rate: best.rate }, ...best.considered]),
        unlessAborted(() => setRows([])),
      );
    const first = setTimeout(compare, 400);
    const timer = setInterval(compare, 15_000);
    return () => (clearTimeout(first), clearInterval(timer), abort.abort());
  }, [isOn, asked.from, asked.to, kind, amount]);
  return rows;
}
