// Fields with a label.

import { html } from "./vendor/htm-3.1.1/standalone.module.js";

export function Field({ name, label, hint, kind = "", children, ...others }) {
  return html`<div class=${`field ${kind}`}>
    <label for=${name}>${label}</label>
    <input id=${name} name=${name} autocomplete="off" aria-describedby=${hint ? `${name}-hint` : null} ...${others} />
    ${children}${hint ? html`<small id=${`${name}-hint`}>${hint}</small>` : ""}
  </div>`;
}

// `options` are texts, or texts by their values. A value that is none of them is offered, too.
export function Choice({ name, label, options, value, onChoose, ...others }) {
  const offered = Array.isArray(options) ? options.map((each) => [each, each]) : Object.entries(options);
  if (value !== undefined && !offered.some(([each]) => each === value)) offered.unshift([value, value]);
  return html`<div class="field">
    <label for=${name}>${label}</label>
    <select id=${name} name=${name} value=${value} onChange=${(event) => onChoose?.(event.target.value)} ...${others}>
      ${offered.map(([each, text]) => html`<option key=${each} value=${each} selected=${each === value}>${text}</option>`)}
    </select>
  </div>`;
}
