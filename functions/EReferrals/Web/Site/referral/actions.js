/** @import { Field } from "../parts/field.js" */
/** @import { Reason, Referral } from "../types.js" */
/** @import { ActionName } from "./rules.js" */
import { currentActing } from "../auth/session.js";
import { localOf, ukInstant } from "../core/time.js";
import { isReferrer, priorities, word } from "../core/words.js";
import { birthDateProblem, dateField } from "../parts/date.js";
import { radioField, selectField, textField } from "../parts/field.js";
import { serviceField } from "../refer/services.js";
import { uploadField } from "../refer/uploads.js";
import { absenceReasons, appointmentReasons, cancellationReasons, rejectionReasons } from "./rules.js";
import { bookingFields, freeSlots, offerAgain } from "./slots.js";

/**
 * What a form of an action asks, and where it is sent.
 * @typedef {object} Action
 * @property {string} title
 * @property {string} path After the address of the referral.
 * @property {string} [explanation]
 * @property {string} button
 * @property {string} done
 * @property {string} [key] With Alt, it opens the form.
 * @property {boolean} [isWarning]
 * @property {(referral: Referral) => Promise<any>} [prepare] Reads what the fields offer.
 * @property {(referral: Referral, prepared: any) => string | null} [prevented] Why there is nothing to choose from.
 * @property {(referral: Referral, prepared: any) => Field[]} fields
 * @property {(referral: Referral, fields: Field[]) => Promise<void>} [offerAgain] Renews what the fields offer.
 * @property {(values: Record<string, any>, referral: Referral) => any} [body]
 * @property {(values: Record<string, any>) => Record<string, string>} [check]
 */

/** @param {string} label @param {boolean} [optional] @param {string} [hint] */
const comments = (label, optional = true, hint = undefined) =>
  textField({ name: "comments", label, type: "area", maxLength: 2000, optional, hint });

/** @param {string} label @param {Reason[]} reasons */
const reason = (label, reasons) => radioField({
  name: "reason", label,
  options: reasons.map((one) => ({ value: one.code, text: distinct(one, reasons), hint: one.commentIsMandatory ? "Say more in the comments." : undefined })),
});

/** The lists of e-RS use some words for two codes. @param {Reason} one @param {Reason[]} reasons */
const distinct = (one, reasons) => (reasons.some((other) => other !== one && other.display === one.display)
  ? `${one.display} (${word(one.code).toLowerCase()})` : one.display);

/**
 * The errors of questions without an answer.
 * @param {Record<string, any>} values @param {Record<string, string>} messages What to say for each question that needs an answer.
 */
export const missing = (values, messages) => Object.fromEntries(Object.entries(messages).filter(([name]) => values[name] === undefined));

/** @type {Partial<Record<ActionName, Action>>} */
export const actions = {
  accept: {
    title: "Accept the referral", path: "accept", button: "Accept", done: "Accepted.", key: "a",
    fields: (referral) => [
      radioField({ name: "priority", label: "Priority", value: referral.priority, options: priorities.map((code) => ({ value: code, text: word(code) })) }),
      comments("Comments to the practice"),
    ],
  },
  return: {
    title: "Return the referral with advice", path: "return", button: "Return with advice", done: "Returned with your advice.", key: "r",
    explanation: "The referral goes back to the practice with your advice. The patient is not on your lists any more.",
    fields: () => [comments("Your advice to the practice", false)],
    check: (values) => missing(values, { comments: "Enter your advice" }),
  },
  reject: {
    title: "Reject the referral", path: "reject", button: "Reject", done: "Rejected.", key: "j", isWarning: true,
    explanation: "The booked appointment is cancelled, and the referral goes back to the practice.",
    fields: () => [reason("Why is the referral rejected?", rejectionReasons(currentActing().role)), comments("Comments to the practice")],
    check: (values) => missing(values, { reason: "Choose a reason" }),
  },
  book: {
    title: "Book an appointment", path: "book", button: "Book", done: "Booked.", key: "b",
    // A provider can book a time of its own although the slots cannot be read; a practice cannot.
    prepare: (referral) => freeSlots(referral).catch((error) => {
      if (isReferrer(currentActing().role)) throw error;
      return null;
    }),
    prevented: (_, slots) => (isReferrer(currentActing().role) && slots.length === 0
      ? "The service has no free slot for this priority. Try again later, or redirect the referral." : null),
    fields: bookingFields,
    offerAgain,
    body: ({ how: _, ...values }, referral) => (values.slot ? { slot: values.slot, service: referral.service.id }
      : { ...values, start: ukInstant(values.start), end: ukInstant(values.end) }),
    check: (values) => (values.how === "slot" || isReferrer(currentActing().role) ? missing(values, { slot: "Choose a slot" }) : {
      ...missing(values, { start: "Enter the start of the appointment", end: "Enter the end of the appointment" }),
      ...(values.start && values.end && values.end <= values.start ? { end: "The end must be after the start" } : {}),
    }),
  },
  "cancel-appointment": {
    title: "Cancel the appointment", path: "appointment/cancel", button: "Cancel the appointment", done: "The appointment is cancelled.", isWarning: true,
    explanation: "The referral stays open and needs a new appointment.",
    fields: () => [reason("Why is the appointment cancelled?", appointmentReasons(currentActing().role)), comments("Comments")],
    check: (values) => missing(values, { reason: "Choose a reason" }),
  },
  outcome: {
    title: "Record the outcome of the appointment", path: "appointment/outcome", button: "Record the outcome", done: "The outcome is recorded.", key: "o",
    fields: () => outcomeFields(["ATTENDED", "ASSESSED", "DID_NOT_ATTEND"], true),
    check: (values) => missing(values, { outcome: "Choose the outcome" }),
  },
  "correct-outcome": {
    title: "Correct the outcome of the appointment", path: "appointment/outcome/correct", button: "Correct the outcome", done: "The outcome is corrected.",
    explanation: "The history keeps both the wrong and the right outcome.",
    fields: () => [
      ...outcomeFields(["ATTENDED", "ASSESSED", "DID_NOT_ATTEND", "NONE"], false),
      textField({ name: "reason", label: "Why is it corrected?", type: "area", maxLength: 2000, rows: 2 }),
    ],
    check: (values) => missing(values, { outcome: "Choose the right outcome", reason: "Enter why it is corrected" }),
  },
  redirect: {
    title: "Redirect the referral", path: "redirect", button: "Redirect", done: "Redirected. The new service has the referral, with the same number.", key: "r",
    explanation: "The referral, with its letters, goes to another service. It keeps its number and its waiting time.",
    fields: (referral) => {
      const priority = radioField({ name: "priority", label: "Priority", value: referral.priority,
        options: priorities.map((code) => ({ value: code, text: word(code) })), onchange: () => service.refresh() });
      const service = serviceField({ label: "To which service?", priority: () => priority.value() });
      return [priority, service, textField({ name: "reason", label: "Why?", type: "area", rows: 2, maxLength: 2000, optional: true })];
    },
    check: (values) => missing(values, { service: "Choose a service" }),
  },
  letters: {
    title: "Change the letters", path: "letters", button: "Save the letters", done: "The letters are changed. The hospital sees that they changed.", key: "l",
    explanation: "The hospital gets exactly the letters below.",
    fields: (referral) => [
      uploadField({ label: "Add letters", ubrn: referral.ubrn, existing: (referral.attachments ?? []).filter((file) => file.type === "REFERRER") }),
      radioField({ name: "letter", label: "If there is no letter", optional: true,
        options: ["NEED_TO_ADD_LATER", "NOT_INTENDING_TO_ADD"].map((code) => ({ value: code, text: word(code) })) }),
    ],
    body: ({ attachments, letter }) => (attachments ? { attachments } : letter ? { letter } : { attachments: [] }),
  },
  acknowledge: {
    title: "Acknowledge the referral", path: "acknowledge", button: "Acknowledge", done: "Acknowledged.", key: "a",
    explanation: "The referral leaves your list. Do this when there is nothing more to do for it.",
    fields: () => [comments("Comments for the history")],
  },
  patient: {
    title: "Correct the patient's details", path: "patient", button: "Correct the details", done: "The details are corrected. The hospital sees that they changed.",
    fields: ({ patient }) => [
      textField({ name: "nhsNumber", label: "NHS number", value: patient.nhsNumber, inputmode: "numeric", width: "20", maxLength: 12 }),
      textField({ name: "familyName", label: "Family name", value: patient.familyName, optional: true, maxLength: 100 }),
      textField({ name: "givenName", label: "Given name", value: patient.givenName, optional: true, maxLength: 100 }),
      dateField({ name: "birthDate", label: "Date of birth", value: patient.birthDate, optional: true }),
      textField({ name: "reason", label: "Why are the details corrected?", type: "area", maxLength: 2000, rows: 2 }),
    ],
    check: (values) => {
      const birthDate = birthDateProblem(values.birthDate);
      return { ...missing(values, { nhsNumber: "Enter the NHS number", reason: "Enter why the details are corrected" }), ...(birthDate ? { birthDate } : {}) };
    },
  },
  cancel: {
    title: "Cancel the referral", path: "cancel", button: "Cancel the referral", done: "The referral is cancelled.", isWarning: true,
    explanation: "This ends the referral. It cannot be undone: the patient would have to be referred again.",
    fields: (referral) => [reason("Why is the referral cancelled?", cancellationReasons(referral, currentActing().role)), comments("Comments")],
    check: (values) => missing(values, { reason: "Choose a reason" }),
  },
};

/** @param {string[]} outcomes @param {boolean} hasReason @returns {Field[]} */
function outcomeFields(outcomes, hasReason) {
  const why = hasReason ? selectField({
    name: "reason", label: "Why did the patient not attend?", optional: true, empty: "Not known",
    options: absenceReasons(currentActing().role).map((one) => ({ value: one.code, text: one.display })),
  }) : null;
  if (why) why.element.hidden = true;
  const outcome = radioField({
    name: "outcome", label: "What was the outcome?", options: outcomes.map((code) => ({ value: code, text: word(code), hint: outcomeHints[code] })),
    onchange: (value) => {
      if (!why) return;
      why.element.hidden = value !== "DID_NOT_ATTEND";
      if (why.element.hidden) why.set("");
    },
  });
  return [outcome, ...(why ? [why] : []), comments("Comments")];
}

/** @type {Record<string, string>} */
const outcomeHints = {
  ATTENDED: "Completes the referral: it leaves all lists.",
  ASSESSED: "The patient was assessed, and goes back to the practice.",
  DID_NOT_ATTEND: "The practice is told.",
  NONE: "The outcome was recorded by mistake, and the appointment stands.",
};

/** Half an hour later, for the end of an appointment. @param {string} local */
export const halfAnHourLater = (local) => localOf(new Date(new Date(ukInstant(local)).getTime() + 30 * 60_000));
