/** @import { Child } from "../types.js" */
import { asApiError } from "../api/problem.js";
import { fill, h } from "../core/dom.js";
import { explain } from "../parts/failure.js";

/**
 * A part of the page that reads its content by itself, and says when that fails.
 * @param {{ id: string, title: string, read: () => Promise<Child>, interval: number, more?: Child }} part
 */
export function section({ id, title, read, interval, more }) {
  const body = h("div", null, h("p", null, "Loading"));
  const problem = h("p", { class: "nhsuk-error-message", role: "alert" });
  let timer = 0;
  let isGone = false;

  async function refresh() {
    clearTimeout(timer);
    try {
      // Whoever is about to press a button here must not have it replaced.
      if (!document.hidden && !body.contains(document.activeElement)) fill(body, await read());
      if (problem.textContent) problem.textContent = "";
    } catch (failed) {
      const text = `This part could not be read. ${explain(asApiError(failed)).title}. It is read again by itself.`;
      if (problem.textContent !== text) problem.textContent = text;
    }

    if (!isGone) timer = window.setTimeout(refresh, interval);
  }

  refresh();
  return {
    element: h("section", { "aria-labelledby": id }, h("h2", { id }, title), problem, body, more),
    refresh: () => {
      if (document.activeElement instanceof HTMLElement && body.contains(document.activeElement)) document.activeElement.blur();
      return refresh();
    },
    dispose: () => {
      isGone = true;
      clearTimeout(timer);
    },
  };
}
