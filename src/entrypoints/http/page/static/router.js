// The address of the page is its state: /markets?search=btc is a view and its parameters.

import { useEffect, useState } from "./vendor/htm-3.1.1/standalone.module.js";
import { at, base } from "./service.js";

const listeners = new Set();

// The view is what stands behind the path below which the service is found; that of Convert is "".
export function address() {
  const view = location.pathname.startsWith(base.pathname) ? location.pathname.slice(base.pathname.length) : "";
  return { view, parameters: new URLSearchParams(location.search) };
}

// The address of a view; parameters that are null or "" are left out.
export function addressOf(view, parameters = {}) {
  const found = at(view || "./");
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== null && value !== undefined && value !== "") found.searchParams.set(name, value);
  }
  return found.href;
}

// Goes to a view. `replace` is for what is typed, which should not fill the history.
export function go(view, parameters = {}, { replace = false } = {}) {
  const href = addressOf(view, parameters);
  if (href !== location.href) history[replace ? "replaceState" : "pushState"](null, "", href);
  for (const listener of listeners) listener();
}

export function useAddress() {
  const [found, setFound] = useState(address);
  useEffect(() => {
    const changed = () => setFound(address());
    listeners.add(changed);
    addEventListener("popstate", changed);
    return () => {
      listeners.delete(changed);
      removeEventListener("popstate", changed);
    };
  }, []);
  return found;
}
