/** @import { Child } from "../types.js" */
import { byId, h } from "../core/dom.js";

/** @type {Map<string, HTMLElement>} */
const shown = new Map();

/**
 * Shows a notice above the page, or takes it away. The same text is not announced twice.
 * @param {string} name @param {"warning" | "info" | "success"} kind @param {...Child} children
 */
export function notice(name, kind, ...children) {
  const region = byId("notices");
  const element = h("div", { class: `app-notice app-notice--${kind}`, role: kind === "warning" ? "alert" : "status", "data-notice": name }, children);
  const before = shown.get(name);
  if (before?.textContent === element.textContent) return;
  if (before) before.replaceWith(element);
  else region.append(element);
  shown.set(name, element);
}

/** @param {string} name */
export function clearNotice(name) {
  shown.get(name)?.remove();
  shown.delete(name);
}

/** A green panel for what has been done. It is gone at the next view. @param {...Child} children */
export function done(...children) {
  notice("done", "success", children, " ", h("button", { type: "button", class: "app-plain", onclick: () => clearNotice("done") }, "Hide"));
}
