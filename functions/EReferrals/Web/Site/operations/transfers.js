import { get, post } from "../api/client.js";
import { h, isolated, lines } from "../core/dom.js";
import { counted, dayAndClock } from "../core/time.js";
import { ubrn, word } from "../core/words.js";
import { textField } from "../parts/field.js";
import { form } from "../parts/form.js";
import { done } from "../parts/notice.js";
import { tag } from "../parts/tag.js";
import { missing } from "../referral/actions.js";
import { section } from "./section.js";

/**
 * @typedef {{ id: string, from: string, to: string, services?: string[], reason: string, state: string, counts: { found: number, moved: number, failed: number },
 *   ordered: string, finished?: string, failures?: { ubrn: string, why: string }[] }} Transfer
 */

/** Organisations that merge: everything of one goes to another. */
export function transfersPart() {
  const fields = [
    textField({ name: "from", label: "From organisation", hint: "ODS code", maxLength: 9, width: "10" }),
    textField({ name: "to", label: "To organisation", hint: "ODS code", maxLength: 9, width: "10" }),
    textField({ name: "services", label: "Only these services", hint: "Ids, separated by spaces. Leave empty for everything", optional: true }),
    textField({ name: "reason", label: "Why?", maxLength: 500 }),
  ];
  const values = () => Object.fromEntries(fields.map((field) => [field.name, field.value()]));
  const made = form({
    name: "transfer", fields, button: "Transfer", isWarning: true,
    check: () => missing(values(), { from: "Enter the organisation that ends", to: "Enter the organisation that takes over", reason: "Enter the reason" }),
    body: () => {
      const { services, ...rest } = values();
      return { ...rest, ...(services ? { services: services.split(/[\s,;]+/) } : {}) };
    },
    confirm: ({ from, to, services }) => [
      services ? `The referrals of the services ${services.join(", ")} go from ${from} to ${to}, with everything that belongs to them.`
        : `All services and referrals of ${from} go to ${to}, with everything that belongs to them.`,
      `From then on ${from} can read what it had, and ${to} acts. It cannot be taken back by a button.`,
    ],
    send: async (body) => {
      await post("/v1/operations/organisation-transfers", { body });
      for (const field of fields) field.set("");
      begin.open = false;
      await part.refresh();
      done(h("strong", null, "The transfer has begun."), " Its progress is below.");
    },
  });
  const begin = h("details", { class: "nhsuk-details" },
    h("summary", { class: "nhsuk-details__summary" }, h("span", { class: "nhsuk-details__summary-text" }, "Begin a transfer")),
    h("div", { class: "nhsuk-details__text" }, made.element));
  const part = section({ id: "transfers", title: "Transfers between organisations", interval: 3_000,
    more: begin,
    read: async () => (await get("/v1/operations/organisation-transfers")).data.transfers,
    show: (/** @type {Transfer[]} */ transfers) => (transfers.length === 0 ? h("p", null, "There has been no transfer.") : h("ul", { class: "app-files" }, transfers.map(item))) });
  return part;
}

/** @param {Transfer} transfer */
function item({ from, to, services, reason, state, counts, ordered, finished, failures }) {
  return h("li", { class: "app-file" },
    h("div", { class: "app-file__name" }, isolated(from), " to ", isolated(to), " ", tag(word(state), state === "RUNNING" ? "blue" : state === "DONE" ? "green" : "red")),
    h("div", { class: "app-minor" }, services ? `Services ${services.join(", ")}. ` : "Everything. ", `Ordered on ${dayAndClock(ordered)}`,
      finished ? `, finished on ${dayAndClock(finished)}` : null),
    lines(reason),
    state === "RUNNING" ? h("progress", { max: Math.max(1, counts.found), value: counts.found === 0 ? null : counts.moved + counts.failed, "aria-label": `Transfer from ${from} to ${to}` }) : null,
    state === "RUNNING" && counts.found === 0 ? h("div", null, "The referrals are being found.") : h("div", null, `${counts.moved.toLocaleString("en-GB")} of ${counted(counts.found, "referral")} moved`, counts.failed > 0 ? `, ${counts.failed} failed` : null),
    (failures ?? []).length > 0 ? h("ul", { class: "app-plain-list" }, (failures ?? []).map((one) => h("li", null, ubrn(one.ubrn), ": ", isolated(one.why)))) : null);
}
