/** @import { Field } from "./field.js" */
import { fill, h, isolated } from "../core/dom.js";

let ids = 0;

/** Whether it is a day of the calendar. @param {string} date 1980-03-31 */
export const isRealDate = (date) => {
  const instant = new Date(`${date}T00:00:00Z`);
  return !Number.isNaN(instant.getTime()) && instant.toISOString().startsWith(date);
};

/** What to say of a date of birth that is none. @param {string | undefined} date */
export const birthDateProblem = (date) => (date === undefined || isRealDate(date) ? undefined : "Date of birth must be a real date, such as 31 3 1980");

/**
 * A date in three parts, as NHS services ask for a date that the user knows by heart.
 * @param {{ name: string, label: string, hint?: string, optional?: boolean, value?: string }} question
 * @returns {Field}
 */
export function dateField({ name, label, hint, optional, value }) {
  const id = `d-${++ids}`;
  /** @param {string} part @param {string} text @param {number} length */
  const input = (part, text, length) => {
    const control = h("input", { class: `nhsuk-input nhsuk-date-input__input nhsuk-input--width-${length}`, id: `${id}-${part}`, inputmode: "numeric", maxlength: length, autocomplete: "off" });
    return { control, element: h("div", { class: "nhsuk-date-input__item" },
      h("label", { class: "nhsuk-label nhsuk-date-input__label", for: `${id}-${part}` }, text), control) };
  };
  const parts = [input("day", "Day", 2), input("month", "Month", 2), input("year", "Year", 4)];
  const error = h("span", { class: "nhsuk-error-message", id: `${id}-error`, hidden: true });
  const fieldset = h("fieldset", { class: "nhsuk-fieldset", "aria-describedby": hint ? `${id}-hint` : null },
    h("legend", { class: "nhsuk-fieldset__legend app-question" }, label, optional ? " (optional)" : ""),
    hint ? h("div", { class: "nhsuk-hint", id: `${id}-hint` }, hint) : null, error, h("div", { class: "nhsuk-date-input" }, parts.map((part) => part.element)));
  const element = h("div", { class: "nhsuk-form-group" }, fieldset);
  /** @param {string | undefined} date */
  const set = (date) => {
    const [year = "", month = "", day = ""] = (date ?? "").split("-");
    [day, month, year].forEach((text, index) => (parts[index].control.value = text.replace(/^0+/, "")));
  };
  if (value) set(value);
  return {
    name, id, label, element, focusId: `${id}-day`, set,
    value: () => {
      const [day, month, year] = parts.map((part) => part.control.value.trim());
      return day || month || year ? `${year.padStart(4, "0")}-${month.padStart(2, "0")}-${day.padStart(2, "0")}` : undefined;
    },
    setError: (message) => {
      error.hidden = message === null;
      fill(error, message === null ? "" : [h("span", { class: "nhsuk-u-visually-hidden" }, "Error: "), isolated(message)]);
      element.classList.toggle("nhsuk-form-group--error", message !== null);
      for (const part of parts) part.control.classList.toggle("nhsuk-input--error", message !== null);
      const described = [hint ? `${id}-hint` : "", message === null ? "" : `${id}-error`].filter(Boolean).join(" ");
      if (described) fieldset.setAttribute("aria-describedby", described);
      else fieldset.removeAttribute("aria-describedby");
    },
  };
}
