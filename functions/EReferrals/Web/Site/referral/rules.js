/** @import { Acting, Reason, Referral, Service } from "../types.js" */
import { currentConfig } from "../core/config.js";
import { day } from "../core/time.js";
import { isProvider, isReferrer } from "../core/words.js";

// Which actions the page offers. The service decides; the page only leaves out what the service would refuse.

/**
 * @typedef {"accept" | "return" | "reject" | "book" | "cancel-appointment" | "outcome" | "correct-outcome" | "redirect" | "acknowledge" | "letters"
 *   | "patient" | "cancel"} ActionName
 */

/**
 * @param {Referral} referral @param {Acting} acting @param {Service | undefined} service Where a practice could book.
 * @returns {ActionName[]}
 */
export function actionsFor(referral, { organisation, role }, service) {
  if (isProvider(role)) return referral.service.provider === organisation ? providerActions(referral, role) : [];
  return isReferrer(role) && referral.referrer.organisation === organisation ? referrerActions(referral, role, service) : [];
}

/** @param {Referral} referral @param {string} role @returns {ActionName[]} */
function providerActions(referral, role) {
  const isClinical = role !== "SERVICE_PROVIDER_ADMIN";
  const isBooked = isActive(referral) && referral.state === "BOOKED";
  return named([
    ["accept", isClinical && (awaitsTriage(referral) || (isBooked && referral.review !== "REVIEWED"))],
    ["return", isClinical && awaitsTriage(referral)],
    ["reject", isClinical && isBooked && referral.review !== "REVIEWED"],
    ["book", isActive(referral)
      && ["TRIAGED_PROVIDER_TO_ACTION", "DEFERRED_TO_PROVIDER", "APPT_CANCELLED_BY_PATIENT", "APPT_CANCELLED_BY_PROVIDER"].includes(referral.state)],
    ["outcome", isBooked && isAppointmentDay(referral)],
    ["correct-outcome", hasOutcome(referral)],
    ["cancel-appointment", isBooked],
    ["cancel", isClinical && isActive(referral)],
  ]);
}

/** @param {Referral} referral @param {string} role @param {Service | undefined} service @returns {ActionName[]} */
function referrerActions(referral, role, service) {
  const cameBack = referral.status !== "completed" && ["TRIAGE_RESPONSE", "REJECTED", "DID_NOT_ATTEND", "ASSESSMENT_RESULT"].includes(referral.state);
  const isClinical = role !== "REFERRING_ADMIN";
  const books = isClinical && mayBookAgain(referral) && service?.bookable === "DIRECTLY_BOOKABLE";
  return named([
    ["book", books && !cameBack],
    ["redirect", isClinical && isActive(referral) && ["NOT_BOOKED", "DEFERRED_TO_PROVIDER", "REJECTED", "TRIAGE_RESPONSE", "APPT_CANCELLED_BY_PATIENT",
      "APPT_CANCELLED_BY_PROVIDER", "DID_NOT_ATTEND"].includes(referral.state)],
    ["book", books && cameBack],
    ["acknowledge", cameBack],
    ["letters", isClinical && isActive(referral)],
    ["patient", isClinical && isActive(referral)],
    ["cancel-appointment", isClinical && isActive(referral) && referral.state === "BOOKED"],
    ["cancel", isClinical && isActive(referral)],
  ]);
}

/** @param {[ActionName, boolean][]} actions */
const named = (actions) => actions.filter(([, isOffered]) => isOffered).map(([name]) => name);

/** @param {Referral} referral */
const isActive = (referral) => referral.status === "active" && referral.state !== "CANCELLED_REFERRAL";

/** Whether the referrer may book, or book again. @param {Referral} referral */
export const mayBookAgain = (referral) => isActive(referral) && ["NOT_BOOKED", "APPT_CANCELLED_BY_PATIENT", "APPT_CANCELLED_BY_PROVIDER", "REJECTED",
  "TRIAGE_RESPONSE", "DID_NOT_ATTEND"].includes(referral.state);

/** @param {Referral} referral */
function awaitsTriage(referral) {
  if (!isActive(referral)) return false;
  if (referral.state === "AWAITING_TRIAGE") return true;
  const hasLetter = (referral.attachments ?? []).some((file) => file.type === "REFERRER" && file.status !== "THREATS_FOUND");
  return referral.state === "DEFERRED_TO_PROVIDER" && referral.review !== "REVIEWED"
    && (hasLetter || referral.letter.intention === "NOT_INTENDING_TO_ADD");
}

/** An outcome can be recorded from the day of the appointment on. @param {Referral} referral */
function isAppointmentDay(referral) {
  if (!referral.appointment) return false;
  const start = new Date(referral.appointment.start);
  return start.getTime() <= Date.now() || day(start) === day(new Date());
}

/** @param {Referral} referral */
function hasOutcome(referral) {
  return referral.appointment !== undefined
    && (referral.status === "completed" || referral.state === "DID_NOT_ATTEND" || referral.state === "ASSESSMENT_RESULT");
}

/** The reasons that a role may give. @param {Reason[]} reasons @param {string} role @param {(reason: Reason) => boolean} suits */
function reasonsFor(reasons, role, suits) {
  const today = new Date().toISOString().slice(0, 10);
  return reasons.filter((reason) => reason.roles.includes(role) && suits(reason)
    && (!reason.effectiveFrom || reason.effectiveFrom <= today) && (!reason.effectiveTo || reason.effectiveTo > today));
}

/** @param {string} role */
export const rejectionReasons = (role) =>
  reasonsFor(currentConfig().reasons.appointmentCancellation, role, (reason) => reason.usage === "REJECT");

/** @param {string} role */
export const appointmentReasons = (role) => reasonsFor(currentConfig().reasons.appointmentCancellation, role,
  (reason) => (isReferrer(role) ? reason.usage === "CANCEL" : reason.type === "PROVIDER"));

/** @param {string} role */
export const absenceReasons = (role) => reasonsFor(currentConfig().reasons.nonAttendance, role, () => true);

/** @param {Referral} referral @param {string} role */
export const cancellationReasons = (referral, role) => reasonsFor(currentConfig().reasons.referralCancellation, role, (reason) =>
  reason.usage === "CANCEL_REFERRAL" && (reason.cancelsAppointment || referral.state !== "BOOKED")
  && (isReferrer(role) || (referral.state === "TRIAGED_PROVIDER_TO_ACTION") === (reason.type === "PROVIDER_TRIAGE")));

/** The words for a reason code; empty for codes that the service sets itself, which the state says already. @param {string | undefined} code */
export function reasonText(code) {
  const { appointmentCancellation, referralCancellation, nonAttendance } = currentConfig().reasons;
  return [...appointmentCancellation, ...referralCancellation, ...nonAttendance].find((reason) => reason.code === code)?.display ?? "";
}
