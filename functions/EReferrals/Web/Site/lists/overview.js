/** @import { ListSummary, View } from "../types.js" */
import { get, secondsIn } from "../api/client.js";
import { asApiError } from "../api/problem.js";
import { currentActing, sessionEvents } from "../auth/session.js";
import { fill, h, isolated } from "../core/dom.js";
import { age, counted, day, recent } from "../core/time.js";
import { isReferrer, listPurposes, listsOf, word } from "../core/words.js";
import { explain } from "../parts/failure.js";
import { tag } from "../parts/tag.js";

const interval = 10_000;

/** @returns {Promise<View>} */
export async function overviewView() {
  const { role, organisation } = currentActing();
  const lists = listsOf(role);
  if (lists.length === 0) return { title: "Start", element: withoutLists(role) };
  const cards = new Map(lists.map((list) => [list, card(list, undefined)]));
  const status = h("p", { class: "app-status" });
  const banner = h("div", null);
  let asOf = new Date();
  let timer = 0;
  let isGone = false;

  async function read() {
    const { data, headers } = await get("/v1/worklists");
    const worklists = /** @type {ListSummary[]} */ (data.worklists);
    asOf = new Date(Date.now() - (secondsIn(headers.get("Age")) ?? 0) * 1000);
    for (const [list, before] of cards) {
      const now = card(list, worklists.find((summary) => summary.list === list));
      if (before.textContent === now.textContent) continue;
      const hadFocus = before.contains(document.activeElement);
      before.replaceWith(now);
      cards.set(list, now);
      if (hadFocus) now.querySelector("a")?.focus({ preventScroll: true });
    }

    showBanner(headers.has("Warning") ? "The service is partly down" : null);
    status.textContent = `Counted ${day(asOf) === day(new Date()) ? "at" : "on"} ${recent(asOf)}.`;
  }

  /** @param {string | null} title What is wrong. */
  function showBanner(title) {
    const text = title ? `${title}. These are the counts as at ${recent(asOf)}.` : "";
    if (banner.textContent !== text) fill(banner, text ? h("div", { class: "app-notice app-notice--warning", role: "alert" }, text) : null);
  }

  async function poll() {
    clearTimeout(timer);
    try {
      if (!document.hidden) await read();
    } catch (failed) {
      showBanner(explain(asApiError(failed)).title);
    }

    if (!isGone) timer = window.setTimeout(poll, interval);
  }

  await read();
  timer = window.setTimeout(poll, interval);
  sessionEvents.addEventListener("renewed", poll);
  return {
    title: "Your lists",
    element: h("div", null, h("h1", null, "Your lists"), h("p", null, word(role), " at ", isolated(organisation), "."), banner,
      h("ul", { class: "app-cards" }, [...cards.values()]), status,
      isReferrer(role) && role !== "REFERRING_ADMIN" ? h("p", null, h("a", { href: "/app/refer", class: "nhsuk-button" }, "Refer a patient")) : null),
    dispose: () => {
      isGone = true;
      clearTimeout(timer);
      sessionEvents.removeEventListener("renewed", poll);
    },
  };
}

/** @param {string} list @param {ListSummary | undefined} summary Undefined when the service cannot count the list: it need not be empty. */
function card(list, summary) {
  const count = summary?.count;
  const overdue = summary?.overdue ?? 0;
  return h("li", { class: "nhsuk-card nhsuk-card--clickable app-card" }, h("div", { class: "nhsuk-card__content" },
    h("p", { class: "app-card__count" }, count?.toLocaleString("en-GB") ?? "?", overdue > 0 ? [" ", tag(`${overdue.toLocaleString("en-GB")} overdue`, "red")] : null),
    h("h2", { class: "nhsuk-card__heading nhsuk-heading-m" }, h("a", { class: "nhsuk-card__link", href: `/app/lists/${list}` }, word(list),
      h("span", { class: "nhsuk-u-visually-hidden" }, count === undefined ? ", not counted" : `, ${counted(count, "referral")}`))),
    h("p", { class: "nhsuk-card__description" }, listPurposes[list]),
    h("p", { class: "app-minor app-card__age" }, !summary ? "This list cannot be counted now. It can have referrals."
      : summary.oldest ? `The oldest has waited ${age(summary.oldest)}.` : "Nothing is waiting.")));
}

/** @param {string} role */
function withoutLists(role) {
  return h("div", null, h("h1", null, "Start"),
    role === "OPERATOR" ? h("p", null, h("a", { href: "/app/operations", class: "nhsuk-button" }, "Operate the service"))
      : h("p", null, `${word(role)} has no lists on this page. Choose another role at the top if you have one.`));
}
