// Long lists: a page at a time, and arrows from row to row.

import { html } from "./vendor/htm-3.1.1/standalone.module.js";

export function Pager({ number, last, onGo }) {
  if (last < 2) return "";
  return html`<nav class="pager" aria-label="Pages">
    <button type="button" class="quiet" disabled=${number === 1} onClick=${() => onGo(number - 1)}>Previous</button>
    <span>Page ${number} of ${last}</span>
    <button type="button" class="quiet" disabled=${number === last} onClick=${() => onGo(number + 1)}>Next</button>
  </nav>`;
}

// For a table whose rows have a link each, marked with data-row.
export function rowKeys(event) {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!by) return;
  const links = [...event.currentTarget.querySelectorAll("[data-row]")];
  const next = links[links.indexOf(document.activeElement) + by];
  event.preventDefault();
  next?.focus();
}
