/** @import { View } from "../types.js" */
import { post } from "../api/client.js";
import { currentActing } from "../auth/session.js";
import { h } from "../core/dom.js";
import { go } from "../core/router.js";
import { isReferrer, priorities, ubrn as spaced, word } from "../core/words.js";
import { birthDateProblem, dateField } from "../parts/date.js";
import { radioField, textField } from "../parts/field.js";
import { form } from "../parts/form.js";
import { done } from "../parts/notice.js";
import { serviceField } from "./services.js";
import { uploadField } from "./uploads.js";

/** @returns {Promise<View>} */
export async function referView() {
  const { role, organisation } = currentActing();
  if (!isReferrer(role) || role === "REFERRING_ADMIN") {
    return { title: "Not for your role", element: h("div", { "data-failure": "403" }, h("h1", null, "Your role cannot refer patients"),
      h("p", null, "Choose the role of a referring clinician at the top of the page, if you have one.")) };
  }

  const priority = radioField({ name: "priority", label: "How urgent is it?", options: priorities.map((code) => ({ value: code, text: word(code) })),
    onchange: () => service.refresh() });
  const service = serviceField({ label: "Which service?", priority: () => priority.value() });
  const letters = uploadField({ label: "Letters (optional)" });
  const letter = radioField({ name: "letter", label: "If you attach no letter now", value: "NEED_TO_ADD_LATER",
    options: ["NEED_TO_ADD_LATER", "NOT_INTENDING_TO_ADD"].map((code) => ({ value: code, text: word(code) })) });
  const clinician = textField({ name: "referringClinician", label: "Which clinician refers the patient?", hint: "The user id: 12 digits",
    inputmode: "numeric", width: "20", maxLength: 12 });
  const isAdministrator = role === "REFERRING_CLINICIAN_ADMIN";
  const fields = [
    textField({ name: "patient/nhsNumber", label: "NHS number", hint: "10 digits, such as 999 000 0018", inputmode: "numeric", width: "20", maxLength: 12 }),
    textField({ name: "patient/familyName", label: "Family name", optional: true, maxLength: 100 }),
    textField({ name: "patient/givenName", label: "Given name", optional: true, maxLength: 100 }),
    dateField({ name: "patient/birthDate", label: "Date of birth", hint: "For example, 31 3 1980", optional: true }),
    priority, service,
    ...(isAdministrator ? [clinician] : []),
    textField({ name: "reason", label: "Why is the patient referred?", type: "area", rows: 6, maxLength: 8000 }),
    textField({ name: "snomed", label: "SNOMED CT codes", hint: "Separate several with spaces", optional: true, inputmode: "numeric" }),
    letters, letter,
  ];
  const values = () => Object.fromEntries(fields.map((field) => [field.name, field.value()]));
  const made = form({
    name: `refer/${organisation}`, fields, button: "Refer the patient",
    check: () => {
      const given = values();
      return {
        ...given["patient/nhsNumber"] ? {} : { "patient/nhsNumber": "Enter the NHS number" },
        ...birthDateProblem(given["patient/birthDate"]) ? { "patient/birthDate": birthDateProblem(given["patient/birthDate"]) } : {},
        ...given.priority ? {} : { priority: "Choose how urgent it is" },
        ...given.service ? {} : { service: "Choose a service" },
        ...isAdministrator && !given.referringClinician ? { referringClinician: "Enter the clinician" } : {},
        ...given.reason ? {} : { reason: "Enter why the patient is referred" },
        ...letters.isBusy() ? { attachments: "Wait until the letters are sent, or remove those that cannot be sent" } : {},
      };
    },
    body: () => submission(values()),
    send: async (body, key) => {
      const answer = await post("/v1/referrals", { body, key });
      // Whoever has gone on to something else stays there.
      if (made.element.isConnected) await go(`/app/referrals/${answer.data.ubrn}`);
      done(h("strong", null, "Referred."), " The number of the referral (UBRN) is ", h("span", { class: "app-number" }, spaced(answer.data.ubrn)), ".");
    },
  });
  return { title: "Refer a patient", element: h("div", null, h("h1", null, "Refer a patient"), made.element), dispose: () => letters.dispose() };
}

/** The request. A member without a value is left out. @param {Record<string, any>} given */
function submission(given) {
  /** @type {Record<string, any>} */
  const body = { patient: {} };
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue;
    const [group, member] = name.split("/");
    if (member) body[group][member] = value;
    else body[name] = value;
  }

  if (body.snomed) body.snomed = body.snomed.split(/[\s,;]+/);
  if (body.attachments) delete body.letter;
  return body;
}
