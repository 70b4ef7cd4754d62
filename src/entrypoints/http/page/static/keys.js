// Single keys, as long as the reader is not typing. They can be switched off in the help: speech input presses keys, too.

const SETTING = "crossrate.keys";
const TYPING = "input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]";

export const areKeysOn = () => localStorage.getItem(SETTING) !== "off";
export const switchKeys = (isOn) => (isOn ? localStorage.removeItem(SETTING) : localStorage.setItem(SETTING, "off"));

export function listenForKeys() {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.target.closest?.(TYPING) || document.querySelector("dialog[open]") || !areKeysOn()) return;
    const found = [...document.querySelectorAll("[data-key]")].find((each) => each.dataset.key === event.key);
    if (!found) return;
    event.preventDefault();
    if (found.matches("button, a")) found.click();
    else found.focus(), found.select?.();
  });
}
