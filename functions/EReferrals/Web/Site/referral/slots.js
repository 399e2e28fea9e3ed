/** @import { Field } from "../parts/field.js" */
/** @import { Referral, Service, Slot } from "../types.js" */
import { get } from "../api/client.js";
import { currentActing } from "../auth/session.js";
import { h } from "../core/dom.js";
import { clock, weekday } from "../core/time.js";
import { isReferrer, word } from "../core/words.js";
import { radioField, selectField, textField } from "../parts/field.js";
import { mayBookAgain } from "./rules.js";

// A select with more than this is no help to anybody.
const most = 1000;

/**
 * The service of a referral that a practice could book now. A provider books at its own service, whatever the service takes.
 * @param {Referral} referral @returns {Promise<Service | undefined>}
 */
export async function serviceToBook(referral) {
  if (!isReferrer(currentActing().role) || !mayBookAgain(referral)) return undefined;
  return get(`/v1/services/${encodeURIComponent(referral.service.id)}`).then((answer) => answer.data, () => undefined);
}

/** The free slots of the service, from now on: for a practice, those for the priority of the referral. @param {Referral} referral @returns {Promise<Slot[]>} */
export async function freeSlots(referral) {
  const isPractice = isReferrer(currentActing().role);
  /** @type {Slot[]} */
  const slots = [];
  /** @type {string | null} */
  let cursor = null;
  do {
    /** @type {{ slots: Slot[], next: string | null }} */
    const page = (await get(`/v1/services/${encodeURIComponent(referral.service.id)}/slots?limit=1000${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`)).data;
    slots.push(...page.slots.filter((slot) => slot.status === "FREE" && (!isPractice || slot.priority === referral.priority)));
    cursor = page.next;
  } while (cursor !== null && slots.length < most);
  return slots.slice(0, most);
}

/** @param {Referral} referral @param {Slot[] | null} slots Null when they could not be read. @returns {Field[]} */
export function bookingFields(referral, slots) {
  const slot = selectField({ name: "slot", label: "Which slot?", hint: "UK time", empty: "Choose a slot",
    options: optionsOf(slots ?? [], referral) });
  if (isReferrer(currentActing().role)) return [slot];
  const time = [
    textField({ name: "start", label: "Start", hint: "UK time", type: "datetime" }),
    textField({ name: "end", label: "End", hint: "UK time", type: "datetime" }),
    textField({ name: "location", label: "Where", optional: true, maxLength: 100 }),
    textField({ name: "clinician", label: "Clinician", hint: "The user id: 12 digits", optional: true, maxLength: 12, inputmode: "numeric", width: "20" }),
  ];
  if (slots?.length === 0) return time;
  if (slots === null) {
    time[0].element.prepend(h("p", { class: "app-minor" }, "The free slots could not be read. You can book a time that you have arranged."));
    return time;
  }

  /** @param {string | undefined} choice */
  const show = (choice) => {
    slot.element.hidden = choice === "time";
    for (const field of time) field.element.hidden = choice !== "time";
  };
  const how = radioField({ name: "how", label: "What do you book?", value: "slot", onchange: show,
    options: [{ value: "slot", text: "A free slot of the service" }, { value: "time", text: "Another time that you have arranged" }] });
  show("slot");
  return [how, slot, ...time];
}

/** Offers what is free now. @param {Referral} referral @param {Field[]} fields */
export async function offerAgain(referral, fields) {
  const slots = await freeSlots(referral);
  for (const field of fields) if ("offer" in field) /** @type {any} */ (field).offer(optionsOf(slots, referral));
}

/** @param {Slot[]} slots @param {Referral} referral @returns {import("../parts/field.js").Option[]} */
function optionsOf(slots, referral) {
  return slots.map(({ id, start, end, priority, clinician }) => ({
    value: id, group: weekday(start),
    text: `${clock(start)} to ${clock(end)}${priority === referral.priority ? "" : `, kept for ${word(priority).toLowerCase()}`}${clinician ? `, clinician ${clinician}` : ""}`,
  }));
}
