// A field that offers what matches: the combobox with a listbox of the ARIA Authoring Practices Guide.

import { html, useEffect, useRef, useState } from "./vendor/htm-3.1.1/standalone.module.js";

// More are not drawn: who looks for one of thousands types another letter.
const MOST_SHOWN = 60;

// `find(text)` returns options as { value, name, note }, the best first. `onChoose` gets what was chosen, or typed and left.
export function Combobox({ id, label, value, find, onChoose, onFocus, shortcut }) {
  const [typed, setTyped] = useState(null); // null while the list is closed
  const [active, setActive] = useState(0);
  const list = useRef(null);
  const isOpen = typed !== null;
  const options = isOpen ? find(typed.text).slice(0, MOST_SHOWN) : [];

  useEffect(() => {
    list.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }, [active, isOpen]);

  const open = (text) => (setTyped({ text }), setActive(0));
  const choose = (chosen) => {
    setTyped(null);
    if (chosen && chosen !== value) onChoose(chosen);
  };
  const leave = () => isOpen && choose(typed.text.trim().toUpperCase() || value);
  const move = (by) => (isOpen ? setActive((active + by + options.length) % (options.length || 1)) : open(""));

  const onKeyDown = (event) => {
    const acts = {
      ArrowDown: () => move(1),
      ArrowUp: () => move(-1),
      PageDown: () => setActive(Math.min(active + 8, Math.max(options.length - 1, 0))),
      PageUp: () => setActive(Math.max(active - 8, 0)),
      Enter: () => choose(options[active]?.value ?? typed.text.trim().toUpperCase()),
      Escape: () => setTyped(null),
    };
    if (!acts[event.key] || (!isOpen && !event.key.startsWith("Arrow"))) return;
    event.preventDefault();
    acts[event.key]();
  };

  return html`<div class=${`field combobox ${id}`}>
    <label for=${id}>${label}</label>
    <input
      id=${id}
      name=${id}
      role="combobox"
      value=${isOpen ? typed.text || "" : value}
      placeholder=${isOpen ? value : ""}
      autocomplete="off"
      autocapitalize="characters"
      spellcheck=${false}
      required
      data-key=${shortcut}
      aria-autocomplete="list"
      aria-expanded=${isOpen ? "true" : "false"}
      aria-controls=${`${id}-list`}
      aria-activedescendant=${options.length ? `${id}-${active}` : null}
      onFocus=${(event) => (event.target.select(), onFocus?.())}
      onClick=${() => isOpen || open("")}
      onInput=${(event) => open(event.target.value)}
      onKeyDown=${onKeyDown}
      onBlur=${leave}
    />
    <ul id=${`${id}-list`} ref=${list} role="listbox" aria-label=${label} hidden=${!options.length}>
      ${options.map(
        (option, index) => html`<li
          key=${option.value}
          id=${`${id}-${index}`}
          role="option"
          aria-selected=${index === active ? "true" : "false"}
          onMouseDown=${(event) => (event.preventDefault(), choose(option.value))}
        >
          <b>${option.value}</b> <span>${option.name}</span> <small>${option.note}</small>
        </li>`,
      )}
    </ul>
    ${isOpen && !options.length ? html`<p class="none" role="status">Nothing listed matches.</p>` : ""}
  </div>`;
}
