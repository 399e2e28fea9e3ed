import { put } from "../api/client.js";
import { h, isolated } from "../core/dom.js";
import { dayAndClock, localOf, ukInstant } from "../core/time.js";
import { radioField, textField } from "../parts/field.js";
import { forgetDrafts, form } from "../parts/form.js";
import { done } from "../parts/notice.js";
import { reload } from "../core/router.js";

/** @typedef {{ readOnly: boolean, uploads: boolean, booking: boolean, reason?: string, until?: string }} Mode */

/** The switches of the service. @param {Mode} mode */
export function modePart(mode) {
  /** @param {string} name @param {string} label @param {boolean} isOn @param {string} on @param {string} off */
  const choice = (name, label, isOn, on, off) => radioField({ name, label, value: String(isOn), options: [{ value: "true", text: on }, { value: "false", text: off }] });
  const fields = [
    choice("readOnly", "Changes", mode.readOnly, "Read-only: nobody can refer or decide", "Referrals and decisions are accepted"),
    choice("uploads", "Letters", mode.uploads, "Letters can be uploaded", "No uploads"),
    choice("booking", "Appointments", mode.booking, "Appointments can be booked and cancelled", "No booking"),
    textField({ name: "reason", label: "Reason, for everyone to read", value: mode.reason, optional: true, maxLength: 200 }),
    textField({ name: "until", label: "Expected until", hint: "UK time. Everyone can read it; nothing ends by itself", value: mode.until ? localOf(mode.until) : undefined,
      optional: true, type: "datetime" }),
  ];
  const made = form({
    name: "mode", fields, button: "Change the mode", isWarning: true,
    body: () => {
      const value = Object.fromEntries(fields.map((field) => [field.name, field.value()]));
      return {
        readOnly: value.readOnly === "true", uploads: value.uploads === "true", booking: value.booking === "true",
        ...(value.reason ? { reason: value.reason } : {}), ...(value.until ? { until: ukInstant(value.until) } : {}),
      };
    },
    confirm: effects,
    send: async (body) => {
      const { status } = await put("/v1/operations/mode", { body });
      forgetDrafts("mode");
      await reload();
      done(h("strong", null, status === 202 ? "Another operator must confirm this within 30 minutes." : "The mode is changed."));
    },
    before: h("p", null, "Now: ", isolated(effects(mode).join(" "))),
  });
  return { element: h("section", { "aria-labelledby": "mode" }, h("h2", { id: "mode" }, "Mode"), made.element), dispose: undefined };
}

/** @param {Mode} mode */
function effects({ readOnly, uploads, booking, reason, until }) {
  return [
    readOnly ? "Every practice and hospital can read, but nobody can refer a patient or change a referral." : "Referrals and decisions are accepted.",
    uploads && !readOnly ? "Letters can be uploaded." : "No letter can be uploaded.",
    booking && !readOnly ? "Appointments can be booked and cancelled." : "No appointment can be booked or cancelled.",
    ...(reason ? [`The reason on the status page: ${reason}`] : []), ...(until ? [`Expected until ${dayAndClock(until)}.`] : []),
  ];
}
