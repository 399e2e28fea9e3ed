/** @import { HistoryVersion } from "../types.js" */
import { get } from "../api/client.js";
import { asApiError } from "../api/problem.js";
import { fill, h, isolated, lines } from "../core/dom.js";
import { dayAndClock } from "../core/time.js";
import { word } from "../core/words.js";
import { explain } from "../parts/failure.js";
import { reasonText } from "./rules.js";

/** @param {string} ubrn @returns {Promise<HistoryVersion[]>} */
export async function readHistory(ubrn) {
  return (await get(`/v1/referrals/${ubrn}/history`)).data.versions;
}

/** The history, read when it is opened: reading it is recorded. @param {string} ubrn */
export function history(ubrn) {
  const body = h("div", { class: "nhsuk-details__text" });
  let isRead = false;
  return h("details", { class: "nhsuk-details", ontoggle: async (/** @type {Event} */ event) => {
    if (isRead || !(event.target instanceof HTMLDetailsElement) || !event.target.open) return;
    isRead = true;
    fill(body, h("p", null, "Loading"));
    try {
      fill(body, versions((await readHistory(ubrn)).reverse()));
    } catch (failed) {
      isRead = false;
      fill(body, h("p", { role: "alert" }, `The history could not be read. ${explain(asApiError(failed)).title}. Close and open it to try again.`));
    }
  } }, h("summary", { class: "nhsuk-details__summary" }, h("span", { class: "nhsuk-details__summary-text" }, "History")), body);
}

/** @param {HistoryVersion[]} list */
export function versions(list) {
  return h("ol", { class: "app-history" }, list.map((one) => h("li", null,
    h("strong", null, word(one.what)), h("div", { class: "app-minor" }, dayAndClock(one.at), ", ", isolated(one.by.user), ", ",
      word(one.by.role).toLowerCase(), one.by.organisation ? [" at ", isolated(one.by.organisation)] : null,
      one.by.onBehalfOf ? [" for ", isolated(one.by.onBehalfOf)] : null),
    one.onPaper ? h("div", { class: "app-minor" }, `On paper on ${dayAndClock(one.onPaper.at)}`) : null,
    reasonText(one.reason) ? h("div", null, reasonText(one.reason)) : null,
    one.comments ? lines(one.comments) : null, one.why ? lines(one.why) : null)));
}
