/** @import { ListSummary, View } from "../types.js" */
import { get } from "../api/client.js";
import { asApiError } from "../api/problem.js";
import { currentActing, sessionEvents } from "../auth/session.js";
import { fill, h, isolated } from "../core/dom.js";
import { age, clock, counted } from "../core/time.js";
import { isReferrer, listPurposes, listsOf, word } from "../core/words.js";
import { explain } from "../parts/failure.js";

const interval = 10_000;

/** @returns {Promise<View>} */
export async function overviewView() {
  const { role, organisation } = currentActing();
  const lists = listsOf(role);
  if (lists.length === 0) return { title: "Start", element: withoutLists(role) };
  const cards = h("ul", { class: "app-cards" });
  const status = h("p", { class: "app-status" });
  const banner = h("div", null);
  let asOf = new Date();
  let timer = 0;
  let isGone = false;

  async function read() {
    const { worklists } = /** @type {{ worklists: ListSummary[] }} */ ((await get("/v1/worklists")).data);
    asOf = new Date();
    const byList = new Map(worklists.map((summary) => [summary.list, summary]));
    fill(cards, lists.map((list) => card(list, byList.get(list))));
    fill(banner);
    status.textContent = `Counted at ${clock(asOf)}.`;
  }

  async function poll() {
    clearTimeout(timer);
    try {
      if (!document.hidden) await read();
    } catch (failed) {
      const { title } = explain(asApiError(failed));
      const text = `${title}. These are the counts as at ${clock(asOf)}.`;
      if (banner.textContent !== text) fill(banner, h("div", { class: "app-notice app-notice--warning", role: "alert" }, text));
    }

    if (!isGone) timer = window.setTimeout(poll, interval);
  }

  await read();
  timer = window.setTimeout(poll, interval);
  sessionEvents.addEventListener("renewed", poll);
  return {
    title: "Your lists",
    element: h("div", null, h("h1", null, "Your lists"), h("p", null, word(role), " at ", isolated(organisation), "."), banner, cards, status,
      isReferrer(role) && role !== "REFERRING_ADMIN" ? h("p", null, h("a", { href: "/app/refer", class: "nhsuk-button" }, "Refer a patient")) : null),
    dispose: () => {
      isGone = true;
      clearTimeout(timer);
      sessionEvents.removeEventListener("renewed", poll);
    },
  };
}

/** @param {string} list @param {ListSummary | undefined} summary */
function card(list, summary) {
  const count = summary?.count ?? 0;
  return h("li", { class: "nhsuk-card nhsuk-card--clickable app-card" }, h("div", { class: "nhsuk-card__content" },
    h("p", { class: "app-card__count" }, count.toLocaleString("en-GB")),
    h("h2", { class: "nhsuk-card__heading nhsuk-heading-m" }, h("a", { class: "nhsuk-card__link", href: `/app/lists/${list}` }, word(list),
      h("span", { class: "nhsuk-u-visually-hidden" }, `, ${counted(count, "referral")}`))),
    h("p", { class: "nhsuk-card__description" }, listPurposes[list]),
    h("p", { class: "app-minor" }, summary?.oldest ? `The oldest has waited ${age(summary.oldest)}.` : "Nothing is waiting.")));
}

/** @param {string} role */
function withoutLists(role) {
  return h("div", null, h("h1", null, "Start"),
    role === "OPERATOR" ? h("p", null, h("a", { href: "/app/operations", class: "nhsuk-button" }, "Operate the service"))
      : h("p", null, `${word(role)} has no lists on this page. Choose another role at the top if you have one.`));
}
