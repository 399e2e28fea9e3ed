/** @import { Child } from "../types.js" */
import { fill, h, isolated } from "../core/dom.js";
import { dayAndClock, ukInstant } from "../core/time.js";

/**
 * One question of a form.
 * @typedef {object} Field
 * @property {string} name The member of the request.
 * @property {string} id
 * @property {string} label
 * @property {HTMLElement} element
 * @property {() => any} value Undefined when nothing was given.
 * @property {(value: any) => void} set
 * @property {(message: string | null) => void} setError
 * @property {string} focusId The element to which the error summary links.
 * @property {() => boolean} [isBusy] Whether the form has to wait for it.
 * @property {() => void} [dispose]
 */

/**
 * @typedef {object} Question
 * @property {string} name
 * @property {string} label
 * @property {string} [hint]
 * @property {any} [value]
 * @property {boolean} [optional]
 * @property {"text" | "area" | "datetime"} [type]
 * @property {number} [maxLength]
 * @property {string} [inputmode]
 * @property {string} [width]
 * @property {string} [autocomplete]
 * @property {number} [rows]
 */

/** @typedef {{ value: string, text: string, group?: string }} Option */

let ids = 0;

/** @param {Question} question @returns {Field} */
export function textField({ name, label, hint, value, optional, type = "text", maxLength, inputmode, width, rows = 4 }) {
  const id = `f-${name.replaceAll("/", "-")}-${++ids}`;
  const control = type === "area"
    ? h("textarea", { class: "nhsuk-textarea", id, name, rows, maxlength: maxLength, dir: "auto" })
    : h("input", {
      class: `nhsuk-input ${width || type !== "text" ? `nhsuk-input--width-${width ?? 20}` : ""}`, id, name, maxlength: maxLength, inputmode, autocomplete: "off", dir: "auto",
      type: type === "datetime" ? "datetime-local" : "text", spellcheck: "false",
    });
  if (value !== undefined) control.value = value;
  const parts = frame(id, hint);
  // Browsers write dates in the order of their own language: 3/4 may be March or April.
  const inWords = type === "datetime" ? h("div", { class: "app-minor", "aria-live": "polite" }) : null;
  const echo = () => {
    if (inWords) inWords.textContent = control.value ? dayAndClock(ukInstant(control.value)) : "";
  };
  control.addEventListener("input", echo);
  echo();
  const element = h("div", { class: "nhsuk-form-group" },
    h("label", { class: "nhsuk-label app-question", for: id }, label, optional ? " (optional)" : ""), parts.hint, parts.error, control, inWords);
  return {
    name, id, label, element, focusId: id,
    value: () => control.value.trim() || undefined,
    set: (given) => {
      control.value = given ?? "";
      echo();
    },
    setError: (message) => parts.show(message, element, control, type === "area" ? "nhsuk-textarea--error" : "nhsuk-input--error"),
  };
}

/**
 * @param {{ name: string, label: string, hint?: string, value?: string, optional?: boolean, onchange?: (value: string | undefined) => void,
 *   options: { value: string, text: string, hint?: string }[] }} question
 * @returns {Field}
 */
export function radioField({ name, label, hint, value, optional, options, onchange }) {
  const id = `f-${name}-${++ids}`;
  const parts = frame(id, hint);
  const inputs = options.map((option, index) => {
    const input = h("input", {
      class: "nhsuk-radios__input", type: "radio", name: id, id: `${id}-${index}`, value: option.value,
      "aria-describedby": option.hint ? `${id}-${index}-hint` : null, onchange: () => onchange?.(option.value),
    });
    input.checked = option.value === value;
    return input;
  });
  const group = h("fieldset", { class: "nhsuk-fieldset", id, "aria-describedby": parts.hint ? `${id}-hint` : null },
    h("legend", { class: "nhsuk-fieldset__legend app-question" }, label, optional ? " (optional)" : ""), parts.hint, parts.error,
    h("div", { class: "nhsuk-radios" }, options.map((option, index) => h("div", { class: "nhsuk-radios__item" }, inputs[index],
      h("label", { class: "nhsuk-label nhsuk-radios__label", for: `${id}-${index}` }, option.text),
      option.hint ? h("div", { class: "nhsuk-hint nhsuk-radios__hint", id: `${id}-${index}-hint` }, option.hint) : null))));
  const element = h("div", { class: "nhsuk-form-group" }, group);
  return {
    name, id, label, element,
    get focusId() {
      return inputs.find((input) => input.checked)?.id ?? `${id}-0`;
    },
    value: () => inputs.find((input) => input.checked)?.value,
    set: (given) => {
      inputs.forEach((input) => (input.checked = input.value === given));
      onchange?.(given);
    },
    setError: (message) => parts.show(message, element, group),
  };
}

/**
 * @param {{ name: string, label: string, hint?: string, value?: string, optional?: boolean, empty?: string, onchange?: (value: string) => void,
 *   options: Option[] }} question
 * @returns {Field & { offer: (options: Option[]) => void }}
 */
export function selectField({ name, label, hint, value, optional, empty, options, onchange }) {
  const id = `f-${name}-${++ids}`;
  const parts = frame(id, hint);
  const control = h("select", { class: "nhsuk-select", id, name, onchange: () => onchange?.(control.value) },
    empty === undefined ? null : h("option", { value: "" }, empty), grouped(options));
  control.value = value ?? (empty === undefined ? options[0]?.value ?? "" : "");
  const element = h("div", { class: "nhsuk-form-group" },
    h("label", { class: "nhsuk-label app-question", for: id }, label, optional ? " (optional)" : ""), parts.hint, parts.error, control);
  return {
    name, id, label, element, focusId: id,
    offer: (now) => fill(control, empty === undefined ? null : h("option", { value: "" }, empty), grouped(now)),
    value: () => control.value || undefined,
    set: (given) => (control.value = given ?? ""),
    setError: (message) => parts.show(message, element, control, "nhsuk-select--error"),
  };
}

/** @param {Option[]} options Those of one group follow each other. */
function grouped(options) {
  /** @type {HTMLElement[]} */
  const elements = [];
  for (const { value, text, group } of options) {
    const option = h("option", { value }, text);
    const last = elements.at(-1);
    if (!group) elements.push(option);
    else if (last instanceof HTMLOptGroupElement && last.label === group) last.append(option);
    else elements.push(h("optgroup", { label: group }, option));
  }

  return elements;
}

/** The hint and the error of a question, which its control names as its description. @param {string} id @param {Child} hintText */
function frame(id, hintText) {
  const hint = hintText ? h("div", { class: "nhsuk-hint", id: `${id}-hint` }, hintText) : null;
  const error = h("span", { class: "nhsuk-error-message", id: `${id}-error`, hidden: true });
  /** @param {string | null} message @param {HTMLElement} group @param {HTMLElement} control @param {string} [errorClass] */
  const show = (message, group, control, errorClass) => {
    error.hidden = message === null;
    fill(error, message === null ? "" : [h("span", { class: "nhsuk-u-visually-hidden" }, "Error: "), isolated(message)]);
    group.classList.toggle("nhsuk-form-group--error", message !== null);
    if (errorClass) control.classList.toggle(errorClass, message !== null);
    if (control.tagName !== "FIELDSET") control.setAttribute("aria-invalid", String(message !== null));
    const described = [hint ? `${id}-hint` : "", message === null ? "" : `${id}-error`].filter(Boolean).join(" ");
    if (described) control.setAttribute("aria-describedby", described);
    else control.removeAttribute("aria-describedby");
  };
  if (hint) queueMicrotask(() => document.getElementById(id)?.setAttribute("aria-describedby", `${id}-hint`));
  return { hint, error, show };
}
