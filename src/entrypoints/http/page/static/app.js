// The frame around the views: which one is shown, its title and focus, and the keys that work everywhere.
//
// A view is a module in views/ that exports a component, which gets { parameters, given }, and may export a list of
// [key, what it does] for the help. Its name and title are a line in views.py; the server renders the navigation from
// there. An element with data-key="x" is focused, or clicked if it is a button, by the key x.
//
// Browsers get this module and all that it imports as one file (joined.py), so no two of them may use the same name at
// their top level.

import { html, render, useEffect, useRef } from "./vendor/htm-3.1.1/standalone.module.js";
import { go, useAddress } from "./router.js";
import { Help } from "./help.js";
import { listenForKeys } from "./keys.js";
import { historyKeys, HistoryView } from "./views/history.js";
import { convertKeys, ConvertView } from "./views/convert.js";
import { marketKeys, MarketsView } from "./views/markets.js";
import { orderKeys, OrdersView } from "./views/orders.js";
import { walletKeys, WalletsView } from "./views/wallets.js";
import { operateKeys, OperateView } from "./views/operate.js";
import { AccountView } from "./views/account.js";

const VIEWS = {
  "": [ConvertView, convertKeys],
  markets: [MarketsView, marketKeys],
  history: [HistoryView, historyKeys],
  wallets: [WalletsView, walletKeys],
  orders: [OrdersView, orderKeys],
  account: [AccountView, []],
  operate: [OperateView, operateKeys],
};

const place = document.getElementById("view");
const links = [...document.querySelectorAll("a[data-view]")];
const titles = Object.fromEntries(links.map((link) => [link.dataset.view, link.textContent]));

// What the server has drawn with the page, for the first view alone.
const given = place.dataset.given ? JSON.parse(place.dataset.given) : null;
const first = place.dataset.view;

function App() {
  const { view, parameters } = useAddress();
  const isFirst = useRef(true);

  useEffect(() => {
    mark(view);
    if (isFirst.current) isFirst.current = false;
    else place.focus({ preventScroll: true }), scrollTo(0, 0);
  }, [view]);

  const [View, keys] = VIEWS[view];
  return html`<${View} key=${view} parameters=${parameters} given=${view === first ? given : null} />
    <${Help} keys=${keys} />`;
}

// Narrow screens show a part of the tabs. Not scrollIntoView, which would scroll the page too.
function showIn(nav, link) {
  const [outer, inner] = [nav, link].map((each) => each.getBoundingClientRect());
  nav.scrollLeft += Math.min(0, inner.left - outer.left) + Math.max(0, inner.right - outer.right);
}

function mark(view) {
  document.title = view ? `${titles[view]} · Crossrate` : "Crossrate";
  for (const link of links) {
    const nav = link.closest("nav");
    if (nav && link.dataset.view === view) {
      link.setAttribute("aria-current", "page");
      showIn(nav, link);
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
render(html`<${App} />`, place);
