/** @import { Child } from "../types.js" */

/**
 * Makes an element. Text is always set as text, never as markup, so that what users typed is shown and not run.
 *
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, any> | null} [attributes] A function is a listener for the event that the name says: `onclick`. False and null leave it out.
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function h(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }

  append(element, children);
  return element;
}

/**
 * @param {Node} parent
 * @param {Child} child
 */
export function append(parent, child) {
  if (child === null || child === undefined || child === false) return;
  if (Array.isArray(child)) for (const one of child) append(parent, one);
  else parent.appendChild(child instanceof Node ? child : document.createTextNode(String(child)));
}

/**
 * @param {Element} parent
 * @param {...Child} children
 */
export function fill(parent, ...children) {
  parent.replaceChildren();
  append(parent, children);
}

/**
 * Fills an element whose buttons are made anew, and leaves the focus on the button that takes the place of the focused one.
 * @param {Element} parent @param {...Child} children
 */
export function refill(parent, ...children) {
  const at = [...parent.querySelectorAll("button")].findIndex((button) => button === document.activeElement);
  fill(parent, ...children);
  const buttons = parent.querySelectorAll("button");
  if (at >= 0) buttons[Math.min(at, buttons.length - 1)]?.focus({ preventScroll: true });
}

/**
 * Text from outside: kept apart from the text around it, so that right-to-left marks in it reorder nothing else.
 * @param {string | number | undefined | null} text
 */
export function isolated(text) {
  return h("bdi", null, text ?? "");
}

/** Text with line breaks, as it was typed. @param {string | undefined} text */
export function lines(text) {
  return h("p", { class: "app-lines", dir: "auto" }, text ?? "");
}

/** @param {string} id */
export function byId(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`The page has no ${id}.`);
  return element;
}

let speaking = 0;

/** Tells users of screen readers what has changed elsewhere on the page. @param {string} text */
export function say(text) {
  const region = byId("said");
  region.textContent = "";
  clearTimeout(speaking);
  speaking = window.setTimeout(() => (region.textContent = text), 100);
}
