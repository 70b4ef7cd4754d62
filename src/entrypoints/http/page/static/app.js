// The frame around the views: which one is shown, its title and focus, and the keys that work everywhere.
//
// A view is a module in views/ that exports `View`, a component that gets { parameters, given }, and may export
// `keys`, a list of [key, what it does] for the help. Its name and title are a line in views.py; the server
// renders the navigation from there. An element with data-key="x" is focused, or clicked if it is a button, by the key x.

import { html, render, useEffect, useRef, useState } from "./vendor/htm-3.1.1/standalone.module.js";
import { go, useAddress } from "./router.js";
import { Help } from "./help.js";
import { Notice } from "./parts.js";
import { listenForKeys } from "./keys.js";

const place = document.getElementById("view");
const links = () => [...document.querySelectorAll("a[data-view]")];
const titles = Object.fromEntries(links().map((link) => [link.dataset.view, link.textContent]));
titles[""] = "Convert";

// What the server has drawn with the page, for the first view alone.
const given = place.dataset.given ? JSON.parse(place.dataset.given) : null;
const first = place.dataset.view;

function App({ loaded }) {
  const { view, parameters } = useAddress();
  const [shown, setShown] = useState(loaded);
  const isFirst = useRef(true);

  useEffect(() => {
    mark(view);
    if (shown.view === view) return;
    let isCurrent = true;
    load(view).then((next) => isCurrent && setShown(next));
    return () => (isCurrent = false);
  }, [view]);

  useEffect(() => {
    if (isFirst.current) isFirst.current = false;
    else place.focus({ preventScroll: true }), scrollTo(0, 0);
  }, [shown]);

  const { View } = shown;
  return html`<${View} key=${shown.view} parameters=${parameters} given=${shown.view === first ? given : null} />
    <${Help} keys=${shown.keys} />`;
}

async function load(view) {
  try {
    const module = await import(`./views/${view || "convert"}.js`);
    return { view, View: module.View, keys: module.keys ?? [] };
  } catch {
    return { view, View: NotLoaded, keys: [] };
  }
}

function NotLoaded() {
  return html`<${Notice} title="This view could not be loaded"
    >The service may have a new version by now. <a href="">Load the page again</a>.<//>`;
}

// Narrow screens show a part of the tabs. Not scrollIntoView, which would scroll the page too.
function showIn(nav, link) {
  const [outer, inner] = [nav, link].map((each) => each.getBoundingClientRect());
  nav.scrollLeft += Math.min(0, inner.left - outer.left) + Math.max(0, inner.right - outer.right);
}

function mark(view) {
  document.title = view ? `${titles[view]} · Crossrate` : "Crossrate";
  for (const link of links()) {
    if (link.dataset.view === view && !link.classList.contains("brand")) {
      link.setAttribute("aria-current", "page");
      if (link.closest("nav")) showIn(link.closest("nav"), link);
    } else link.removeAttribute("aria-current");
  }
}

// Links between views do not load the page again, unless the reader wants another tab.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-view]");
  if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  const url = new URL(link.href);
  go(link.dataset.view, Object.fromEntries(url.searchParams));
});

listenForKeys();
load(first).then((loaded) => render(html`<${App} loaded=${loaded} />`, place));
