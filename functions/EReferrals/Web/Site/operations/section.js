/** @import { Child } from "../types.js" */
import { asApiError } from "../api/problem.js";
import { fill, h } from "../core/dom.js";
import { explain } from "../parts/failure.js";

/**
 * A part of the page that reads its content by itself, and says when that fails.
 * @param {{ id: string, title: string, read: () => Promise<any>, show: (data: any) => Child, interval: number, more?: Child }} part
 */
export function section({ id, title, read, show, interval, more }) {
  const body = h("div", null, h("p", null, "Loading"));
  const problem = h("p", { class: "nhsuk-error-message", role: "alert" });
  let timer = 0;
  let isGone = false;
  let shown = "";

  async function refresh() {
    clearTimeout(timer);
    try {
      // Whoever is about to press a button here, or has opened something, must not have it replaced by the same again.
      if (!document.hidden && !body.contains(document.activeElement)) {
        const data = await read();
        const text = JSON.stringify(data);
        if (text !== shown && !body.contains(document.activeElement)) {
          fill(body, show(data));
          shown = text;
        }
      }

      if (problem.textContent) problem.textContent = "";
    } catch (failed) {
      const text = `This part could not be read. ${explain(asApiError(failed)).title}. It is read again by itself.`;
      if (problem.textContent !== text) problem.textContent = text;
    }

    if (!isGone) timer = window.setTimeout(refresh, interval);
  }

  refresh();
  const heading = h("h2", { id, tabindex: "-1" }, title);
  return {
    element: h("section", { "aria-labelledby": id }, heading, problem, body, more),
    refresh: () => {
      if (body.contains(document.activeElement)) heading.focus({ preventScroll: true });
      return refresh();
    },
    dispose: () => {
      isGone = true;
      clearTimeout(timer);
    },
  };
}
