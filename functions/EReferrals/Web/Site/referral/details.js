/** @import { Child, Referral } from "../types.js" */
import { h, isolated, lines } from "../core/dom.js";
import { age, counted, day, dayAndClock, plainDay, recent, years } from "../core/time.js";
import { fullName, nhsNumber, ubrn, word } from "../core/words.js";
import { dueText, isPast } from "../parts/due.js";
import { priorityTag, tag } from "../parts/tag.js";
import { reasonText } from "./rules.js";

/** Who the patient is: on every view of a referral, in the same place. @param {Referral} referral */
export function patientBanner({ patient, priority }) {
  return h("div", { class: "app-patient" },
    h("div", null, h("span", { class: "app-patient__label" }, "Name"), h("strong", null, isolated(fullName(patient)))),
    h("div", null, h("span", { class: "app-patient__label" }, "Born"),
      patient.birthDate ? `${plainDay(patient.birthDate)} (${counted(years(patient.birthDate), "year")})` : "Not given"),
    h("div", null, h("span", { class: "app-patient__label" }, "NHS number"), h("span", { class: "app-number" }, nhsNumber(patient.nhsNumber))),
    h("div", null, h("span", { class: "app-patient__label" }, "Priority"), priorityTag(priority)));
}

/** @param {Referral} referral */
export function warnings(referral) {
  const duplicates = referral.possibleDuplicates ?? [];
  const problems = referral.problems ?? [];
  return [
    duplicates.length > 0 ? h("div", { class: "app-notice app-notice--warning" },
      h("p", null, h("strong", null, "Possible duplicate."), " The same patient has another open referral to this service:"),
      h("ul", { class: "app-plain-list" }, duplicates.map((other) => h("li", null, h("a", { href: `/app/referrals/${other}` }, ubrn(other)))))) : null,
    problems.length > 0 ? h("div", { class: "app-notice app-notice--warning" },
      h("p", null, h("strong", null, counted(problems.length, "problem"), ".")),
      h("ul", { class: "app-plain-list" }, problems.map((problem) => h("li", null, h("strong", null, word(problem.code)), ": ", isolated(problem.text),
        ` (since ${recent(problem.since)})`)))) : null,
  ];
}

/** @param {Referral} referral */
export function stateRows(referral) {
  return summary([
    ["State", [word(referral.state), referral.status === "active" ? null : ` (${word(referral.status).toLowerCase()})`,
      referral.review === "REVIEWED" || referral.status !== "active" ? null : [" ", tag(word(referral.review), "purple")]]],
    ["Reason", reasonText(referral.reason)],
    ["Comments", referral.comments && !isAnswer(referral) ? lines(referral.comments) : null],
    ["Next", referral.due ? [dueText(referral.due), isPast(referral.due.by) ? [" ", tag("Overdue", "red")] : null] : null],
    ["Appointment", referral.appointment ? appointmentText(referral.appointment) : null],
    ["Service", [isolated(referral.service.name ?? referral.service.id), referral.service.provider ? [" at ", isolated(referral.service.provider)] : null]],
    ["Specialty", [referral.specialty ? word(referral.specialty) : "Not given", referral.clinicType ? `, ${word(referral.clinicType)}` : null]],
    ["Referred by", [isolated(referral.referrer.organisation), ", clinician ", isolated(referral.referrer.clinician)]],
    ["Received", `${dayAndClock(referral.received)}, ${age(referral.received)} ago`],
    ["Waiting since", day(referral.clocks.pathwayStart)],
    ["18 weeks end", plainDay(referral.clocks.rttBreach)],
    ["Diagnosis due", referral.clocks.diagnosisDue ? plainDay(referral.clocks.diagnosisDue) : null],
    ["UBRN", h("span", { class: "app-number" }, ubrn(referral.ubrn))],
  ]);
}

/** What the hospital answered: what a practice has to read first. @param {Referral} referral */
export function answer(referral) {
  return referral.comments && isAnswer(referral)
    ? h("div", { class: "app-notice" }, h("p", null, h("strong", null, referral.state === "REJECTED" ? "Why it was rejected" : "The hospital's advice")), lines(referral.comments)) : null;
}

/** @param {Referral} referral */
const isAnswer = ({ state }) => state === "TRIAGE_RESPONSE" || state === "REJECTED";

/** @param {Referral} referral */
export function clinical(referral) {
  return h("section", { "aria-labelledby": "reason" }, h("h2", { id: "reason" }, "Reason for referral"),
    referral.clinicalReason ? lines(referral.clinicalReason) : h("p", null, "Your role does not show clinical information."),
    (referral.snomed ?? []).length > 0 ? h("p", { class: "app-minor" }, "SNOMED CT: ", (referral.snomed ?? []).join(", ")) : null);
}

/** @param {import("../types.js").Appointment} appointment */
function appointmentText(appointment) {
  return [dayAndClock(appointment.start), appointment.location ? [", ", isolated(appointment.location)] : null,
    appointment.clinician ? [", clinician ", isolated(appointment.clinician)] : null];
}

/** @param {[string, Child][]} rows Those without a value are left out. */
export function summary(rows) {
  return h("dl", { class: "nhsuk-summary-list app-summary" }, rows.filter(([, value]) => value !== null && value !== undefined && value !== "")
    .map(([key, value]) => h("div", { class: "nhsuk-summary-list__row" }, h("dt", { class: "nhsuk-summary-list__key" }, key),
      h("dd", { class: "nhsuk-summary-list__value" }, value))));
}
