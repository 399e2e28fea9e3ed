/** @import { View } from "../types.js" */
import { byId, fill, h } from "./dom.js";
import { failure } from "../parts/failure.js";

/** @type {{ pattern: RegExp, show: (params: string[], query: URLSearchParams) => Promise<View> }[]} */
const routes = [];
/** @type {View | null} */
let current = null;
let turn = 0;

/**
 * Registers a view.
 * @param {RegExp} pattern Of the path. Its groups are the parameters.
 * @param {(params: string[], query: URLSearchParams) => Promise<View>} show
 */
export function route(pattern, show) {
  routes.push({ pattern, show });
}

/** @param {string} path @param {{ replace?: boolean }} [options] */
export function go(path, { replace = false } = {}) {
  history.replaceState({ ...history.state, scroll: window.scrollY }, "");
  if (replace) history.replaceState({}, "", path);
  else history.pushState({}, "", path);
  return render();
}

/** Shows the view of the current address again. */
export const reload = () => render({ isReload: true });

export function start() {
  history.scrollRestoration = "manual";
  window.addEventListener("popstate", () => render());
  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    const href = link?.getAttribute("href");
    if (href?.startsWith("#")) {
      // The browser would report another address, and the view would be read anew.
      event.preventDefault();
      document.getElementById(href.slice(1))?.focus();
      return;
    }

    if (!link || link.target || link.hasAttribute("download") || link.origin !== location.origin || !/^\/app(\/|$)/.test(link.pathname)) return;
    event.preventDefault();
    go(link.pathname + link.search);
  });
  // Alt with a letter, which elements name in data-key: quicker than to tab to them.
  document.addEventListener("keydown", (event) => {
    // A link that looks like a button is pressed with the space bar too.
    if (event.key === " " && event.target instanceof HTMLElement && event.target.matches("a[role=button]")) {
      event.preventDefault();
      event.target.click();
      return;
    }

    if (!event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || !/^Key[A-Z]$/.test(event.code)) return;
    const target = document.querySelector(`[data-key="${event.code.slice(3).toLowerCase()}"]`);
    if (!(target instanceof HTMLElement)) return;
    event.preventDefault();
    target.click();
  });
  return render();
}

async function render({ isReload = false } = {}) {
  const mine = ++turn;
  const path = location.pathname.replace(/(.)\/$/, "$1");
  const found = routes.map((one) => ({ ...one, match: one.pattern.exec(path) })).find((one) => one.match);
  const main = byId("main");
  const wait = window.setTimeout(() => mine === turn && fill(main, waiting()), 300);
  /** @type {View} */
  let view;
  try {
    view = found?.match ? await found.show(found.match.slice(1), new URLSearchParams(location.search)) : noSuchPage();
  } catch (error) {
    view = failure(error, () => reload());
  } finally {
    clearTimeout(wait);
  }

  if (mine !== turn) {
    view.dispose?.();
    return;
  }

  const focused = document.activeElement;
  // A view that is read again by itself takes the focus from nobody: only if it was in what is replaced, it must go somewhere.
  const keepsFocus = isReload && (!main.contains(focused) || (focused?.tagName === "H1" && document.title.startsWith(view.title)));
  current?.dispose?.();
  current = view;
  fill(main, view.element);
  document.title = `${view.title} - EReferrals`;
  markNavigation(path);
  if (keepsFocus) return;
  if (!isReload) window.scrollTo(0, history.state?.scroll ?? 0);
  const heading = main.querySelector("h1");
  heading?.setAttribute("tabindex", "-1");
  if (view.focus) view.focus();
  else heading?.focus({ preventScroll: true });
}

/** @param {string} path */
function markNavigation(path) {
  for (const link of document.querySelectorAll("#nav a")) {
    if (link.getAttribute("href") === path) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

function waiting() {
  return h("div", { class: "app-waiting" }, h("h1", null, "Loading"), h("p", null, "The service has not answered yet."));
}

/** @returns {View} */
function noSuchPage() {
  return {
    title: "Page not found",
    element: h(
      "div", null, h("h1", null, "Page not found"),
      h("p", null, "Check the address, or start from ", h("a", { href: "/app" }, "your lists"), "."),
    ),
  };
}
