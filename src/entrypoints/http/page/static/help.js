// The dialog that lists the keys.

import { html, useRef, useState } from "./vendor/htm-3.1.1/standalone.module.js";
import { areKeysOn, switchKeys } from "./keys.js";

const EVERYWHERE = [
  ["?", "this help"],
  ["Tab", "the next field, button or list"],
  ["Esc", "closes a list or this dialog"],
];

export function Help({ keys }) {
  const dialog = useRef(null);
  const [isOn, setOn] = useState(areKeysOn);
  const change = (event) => (switchKeys(event.target.checked), setOn(event.target.checked));
  return html`<footer class="foot">
      <button type="button" class="quiet" data-key="?" onClick=${() => dialog.current.showModal()}>
        Keyboard <kbd>?</kbd>
      </button>
    </footer>
    <dialog ref=${dialog} class="help" aria-labelledby="help-title">
      <h2 id="help-title">Keyboard</h2>
      <dl>
        ${[...keys, ...EVERYWHERE].map(([key, does]) => html`<div key=${key}><dt><kbd>${key}</kbd></dt><dd>${does}</dd></div>`)}
      </dl>
      <label class="check"><input type="checkbox" checked=${isOn} onChange=${change} /> Single keys are on</label>
      <form method="dialog"><button>Close</button></form>
    </dialog>`;
}
