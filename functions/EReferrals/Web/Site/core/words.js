// What the page calls the codes of the API.

/** @type {Record<string, string>} */
const words = {
  TWO_WEEK_WAIT: "Urgent suspected cancer", URGENT: "Urgent", ROUTINE: "Routine",

  NOT_BOOKED: "Not booked", BOOKED: "Booked", DEFERRED_TO_PROVIDER: "Provider to arrange an appointment", AWAITING_TRIAGE: "Awaiting triage",
  TRIAGED_PROVIDER_TO_ACTION: "Accepted, to be booked", TRIAGE_RESPONSE: "Returned with advice", REJECTED: "Rejected",
  APPT_CANCELLED_BY_PATIENT: "Appointment cancelled by the patient", APPT_CANCELLED_BY_PROVIDER: "Appointment cancelled by the provider",
  DID_NOT_ATTEND: "Did not attend", ASSESSMENT_RESULT: "Assessed", CANCELLED_REFERRAL: "Cancelled", QUEUED: "Being processed",
  ASSESSED: "Assessed", ATTENDED: "Attended", NONE: "None: the appointment is still to come",

  REFERRALS_FOR_REVIEW: "Referrals for review", APPOINTMENT_SLOT_ISSUES: "Appointment slot issues", APPOINTMENTS_FOR_BOOKING: "Appointments for booking",
  AWAITING_BOOKING: "Awaiting booking", LETTERS_OUTSTANDING: "Letters outstanding", REJECTED_TRIAGE_RESPONSE: "Rejected or returned",
  ASSESSMENT_RETURNED_CANCELLED_DNA: "Assessed, cancelled or not attended",

  NEVER_REVIEWED: "Not reviewed", LETTER_CHANGED: "Letter changed", PRIORITY_CHANGED: "Priority changed",
  PRIORITY_AND_LETTER_CHANGED: "Priority and letter changed", PATIENT_CHANGED: "Patient details changed", REVIEWED: "Reviewed",

  REVIEW: "review", LETTER: "letter", BOOKING: "booking", OUTCOME: "outcome", NEXT_STEP: "next step",
  REFERRER: "the practice", PROVIDER: "the hospital",

  PRESENT: "Attached", NOT_APPLICABLE: "None expected", NOT_DUE: "To follow", OVERDUE: "Overdue",
  NEED_TO_ADD_LATER: "I will add a letter later", NOT_INTENDING_TO_ADD: "There is no letter",
  PENDING: "Being scanned", AVAILABLE: "Available", THREATS_FOUND: "Blocked: malware", VALIDATION_FAILED: "Could not be scanned",

  ATTACHMENT_LEFT_OFF: "A file was left off", SPECIALTY_REPLACED: "Specialty replaced", CLINIC_TYPE_NOT_OFFERED: "Clinic type not offered",
  OUTSIDE_SERVICE_LIMITS: "Outside the limits of the service", LETTER_BLOCKED: "Letter blocked", LETTER_NOT_SCANNED: "Letter not scanned yet",

  REFERRING_CLINICIAN: "Referring clinician", REFERRING_CLINICIAN_ADMIN: "Referring clinician's administrator",
  REFERRING_ADMIN: "Referring administrator", SERVICE_PROVIDER_CLINICIAN: "Provider clinician",
  SERVICE_PROVIDER_CLINICIAN_ADMIN: "Provider clinician's administrator", SERVICE_PROVIDER_ADMIN: "Provider administrator",
  SERVICE_DEFINER: "Service definer", OPERATOR: "Operator", PROVIDER_AUTHORISED_APPLICATION: "A system of the provider",
  REFERRER_AUTHORISED_APPLICATION: "A system of the referrer", SYSTEM: "The service",

  SUBMITTED: "Referred", ACCEPTED: "Accepted", RETURNED: "Returned with advice", APPOINTMENT_CANCELLED: "Appointment cancelled",
  OUTCOME_RECORDED: "Outcome recorded", REDIRECTED: "Redirected", LETTERS_CHANGED: "Letters changed", CANCELLED: "Referral cancelled",
  DEFERRED: "Appointment left to the provider", SENT_FOR_TRIAGE: "Sent for triage",
  APPOINTMENT_CANCELLED_ACTION_LATER: "Appointment cancelled, action later", SHORTLIST_CHANGED: "Choice of services changed",
  OUTCOME_CORRECTED: "Outcome corrected", ACKNOWLEDGED: "Acknowledged", PATIENT_CORRECTED: "Patient details corrected",
  LETTERS_CHECKED: "Letters checked", HANDED_OVER: "Handed over to another organisation",

  TRIAGE_REQUEST: "Triage", APPOINTMENT_REQUEST: "Appointment", ADVICE_AND_GUIDANCE_REQUEST: "Advice and guidance",
  active: "Active", cancelled: "Cancelled", completed: "Completed",
  RUNNING: "Running", DONE: "Finished", DONE_WITH_FAILURES: "Finished, with failures",
};

/** The words for a code; an unknown code, such as a specialty, in lower case without underscores. @param {string | undefined} code */
export function word(code) {
  if (!code) return "";
  return words[code] ?? (code.charAt(0) + code.slice(1).toLowerCase()).replaceAll("_", " ");
}

export const providerLists = ["REFERRALS_FOR_REVIEW", "APPOINTMENT_SLOT_ISSUES", "APPOINTMENTS_FOR_BOOKING"];
export const referrerLists = ["AWAITING_BOOKING", "LETTERS_OUTSTANDING", "REJECTED_TRIAGE_RESPONSE", "ASSESSMENT_RETURNED_CANCELLED_DNA"];
export const priorities = ["TWO_WEEK_WAIT", "URGENT", "ROUTINE"];

/** What each list asks of its readers. @type {Record<string, string>} */
export const listPurposes = {
  REFERRALS_FOR_REVIEW: "Referrals that a clinician must review: accept, return with advice or reject.",
  APPOINTMENT_SLOT_ISSUES: "Referrals for which the practice found no appointment. Review them, or book.",
  APPOINTMENTS_FOR_BOOKING: "Referrals to be booked, and past appointments whose outcome is to be recorded.",
  AWAITING_BOOKING: "Referrals that have no appointment yet.",
  LETTERS_OUTSTANDING: "Referrals to which a letter must be added.",
  REJECTED_TRIAGE_RESPONSE: "Referrals that came back. Read the advice, then redirect, cancel or acknowledge.",
  ASSESSMENT_RETURNED_CANCELLED_DNA: "Patients who were assessed, or did not attend. Redirect, cancel or acknowledge.",
};

/** 943 476 5919 @param {string} number */
export const nhsNumber = (number) => number.replace(/^(\d{3})(\d{3})(\d{4})$/, "$1 $2 $3");

/** 0000 0001 2345 @param {string} number */
export const ubrn = (number) => number.replace(/^(\d{4})(\d{4})(\d{4})$/, "$1 $2 $3");

/** JONES, Ann @param {{ familyName?: string, givenName?: string }} patient */
export function fullName(patient) {
  return [patient.familyName?.toUpperCase(), patient.givenName].filter(Boolean).join(", ") || "Name not given";
}

/** 1.2 MB @param {number} bytes */
export function fileSize(bytes) {
  if (bytes < 1000) return `${bytes} byte${bytes === 1 ? "" : "s"}`;
  return bytes < 1_000_000 ? `${Math.round(bytes / 1000)} KB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** @param {string} role */
export const isProvider = (role) => role.startsWith("SERVICE_PROVIDER_");
/** @param {string} role */
export const isReferrer = (role) => role.startsWith("REFERRING_");
/** Administrators see lists, not referrals. @param {string} role */
export const readsReferrals = (role) => (isProvider(role) || isReferrer(role)) && role !== "SERVICE_PROVIDER_ADMIN" && role !== "REFERRING_ADMIN";
/** @param {string} role */
export const listsOf = (role) => (isProvider(role) ? providerLists : isReferrer(role) ? referrerLists : []);
