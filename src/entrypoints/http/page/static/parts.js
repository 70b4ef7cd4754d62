// Parts that several views use.

import { html, useEffect, useState } from "./vendor/htm-3.1.1/standalone.module.js";
import { now } from "./service.js";
import { ageInWords, iso, moment } from "./words.js";

// The service's time, again each second while the page is seen.
export function useNow(every = 1000) {
  const [seconds, setSeconds] = useState(now);
  useEffect(() => {
    const timer = setInterval(() => document.hidden || setSeconds(now()), every);
    return () => clearInterval(timer);
  }, [every]);
  return seconds;
}

// What `value` was, once it has been left alone for a while.
export function useSettled(value, milliseconds) {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), milliseconds);
    return () => clearTimeout(timer);
  }, [value, milliseconds]);
  return settled;
}

// How old something is, in words that tick. Over `most` seconds it is called stale.
export function Age({ since, most = Infinity }) {
  const age = Math.max(0, useNow() - since);
  const isStale = age > most;
  return html`<time class=${isStale ? "age stale" : "age"} datetime=${iso(since)} title=${moment(since)}>${isStale ? "stale: " : ""}${ageInWords(age)}${age < 1 ? "" : " old"}</time>`;
}

export function Notice({ title, kind = "", children }) {
  return html`<section class=${`notice ${kind}`} role="alert"><h2>${title}</h2><p>${children}</p></section>`;
}

// A problem of the API, in its words.
export function ProblemNotice({ problem }) {
  const hint = problem.status === 401 ? html` <a href="account" data-view="account">Sign in</a> to see this.` : "";
  return html`<${Notice} title=${problem.title} kind="problem">${problem.detail}${hint}<//>`;
}

let saying;

// Has screen readers say it, once nothing else has been said for a moment.
export function announce(text) {
  clearTimeout(saying);
  saying = setTimeout(() => (document.getElementById("announcer").textContent = text), 700);
}

// A button that copies text, and says that it has.
export function Copy({ text, children }) {
  const [state, setState] = useState("");
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setState("Copied");
    } catch {
      setState("Not allowed by the browser");
    }
    setTimeout(() => setState(""), 2000);
  };
  return html`<button type="button" class="quiet" onClick=${copy}>${children}</button><span class="told" role="status">${state}</span>`;
}
