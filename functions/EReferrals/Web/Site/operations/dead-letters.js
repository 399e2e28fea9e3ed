import { get, post } from "../api/client.js";
import { h, isolated } from "../core/dom.js";
import { counted, dayAndClock } from "../core/time.js";
import { ubrn } from "../core/words.js";
import { textField } from "../parts/field.js";
import { form } from "../parts/form.js";
import { done } from "../parts/notice.js";
import { missing } from "../referral/actions.js";
import { summary } from "../referral/details.js";
import { section } from "./section.js";

/**
 * @typedef {{ id: string, queue: string, reason: string, description?: string, ubrn?: string, enqueuedAt: string, deadLetteredAt: string, deliveryCount: number }} DeadLetter
 */

/** Messages that could not be processed: each waits for an operator to replay or discard it. */
export function deadLettersPart() {
  const part = section({ id: "dead-letters", title: "Dead letters", interval: 15_000,
    read: async () => (await get("/v1/operations/dead-letters?limit=50")).data,
    show: (/** @type {{ deadLetters: DeadLetter[], next: string | null }} */ { deadLetters, next }) => {
      if (deadLetters.length === 0) return h("p", null, "No message waits for an operator.");
      return [h("p", null, `${next ? "The newest " : ""}${counted(deadLetters.length, "message")} could not be processed.`),
        h("ul", { class: "app-files" }, deadLetters.map((letter) => item(letter, () => part.refresh())))];
    } });
  return part;
}

/** @param {DeadLetter} letter @param {() => Promise<void>} refresh */
function item(letter, refresh) {
  const reason = textField({ name: "reason", label: "Why is it discarded?", maxLength: 500 });
  const about = letter.ubrn ? `referral ${ubrn(letter.ubrn)}` : "this message";
  return h("li", { class: "app-file" }, h("div", { class: "app-file__name" }, isolated(letter.reason)),
    summary([["Queue", letter.queue], ["Description", letter.description ? isolated(letter.description) : null], ["UBRN", letter.ubrn ? ubrn(letter.ubrn) : null],
      ["Failed", dayAndClock(letter.deadLetteredAt)], ["Attempts", letter.deliveryCount]]),
    h("details", { class: "nhsuk-details" }, h("summary", { class: "nhsuk-details__summary" }, h("span", { class: "nhsuk-details__summary-text" }, "Replay or discard")),
      h("div", { class: "nhsuk-details__text" },
        form({
          name: `replay/${letter.id}`, fields: [], button: "Replay",
          confirm: () => [`The message goes back to the queue ${letter.queue} and is processed once more.`, "If it fails again, it comes back to this list."],
          send: async () => {
            await post(`/v1/operations/dead-letters/${encodeURIComponent(letter.id)}/replay`);
            await refresh();
            done(h("strong", null, "The message is on its queue again."));
          },
        }).element,
        form({
          name: `discard/${letter.id}`, fields: [reason], button: "Discard", isWarning: true,
          check: () => missing({ reason: reason.value() }, { reason: "Enter why it is discarded" }),
          confirm: () => [`What the message asks for will never be done for ${about}.`, "This cannot be undone. The audit trail keeps your name and the reason."],
          send: async (body) => {
            const { status } = await post(`/v1/operations/dead-letters/${encodeURIComponent(letter.id)}/discard`, { body });
            await refresh();
            done(h("strong", null, status === 202 ? "Another operator must confirm this within 30 minutes." : "The message is discarded."));
          },
        }).element)));
}
