/** @import { ApiError } from "../api/problem.js" */
/** @import { Child } from "../types.js" */
/** @import { Field } from "./field.js" */
import { asApiError } from "../api/problem.js";
import { fill, h, isolated } from "../core/dom.js";
import { currentActing, hasExpired, sessionEvents } from "../auth/session.js";
import { explain, reference } from "./failure.js";
import { clearNotice, notice } from "./notice.js";

/**
 * What was typed and not sent yet, by form. It stays while the page is open: a form that is left and opened again, also after a switch of roles, has it.
 * @type {Map<string, Record<string, any>>}
 */
const drafts = new Map();

/**
 * What was sent and has no certain outcome yet, with its Idempotency-Key, by form. Whoever leaves the form, opens it again and sends the same once more,
 * repeats the same request.
 * @type {Map<string, { content: string, basis: string | undefined, key: string }>}
 */
const attempts = new Map();

/** A form of a role: what was typed for one organisation is not offered to another. @param {string} formName */
function keyOf(formName) {
  const { organisation, role, onBehalfOf } = currentActing();
  return [organisation, role, onBehalfOf, formName].join("/");
}

/**
 * @typedef {object} FormOptions
 * @property {string} name Distinguishes the drafts of forms.
 * @property {Field[]} fields
 * @property {string} button
 * @property {boolean} [isWarning] The button cannot be undone.
 * @property {() => any} [body] The request; by default the values of the fields.
 * @property {() => string} [basis] The version that it changes. The same content for another version is another change.
 * @property {(body: any, key: string) => Promise<void>} send Sends it, with the Idempotency-Key of this content.
 * @property {(error: ApiError) => Promise<Child>} [onStale] What to show when the answer is 409.
 * @property {() => Record<string, string>} [check] Errors that need no request, by the name of the field.
 * @property {(body: any) => string[]} [confirm] What will happen, a sentence each. The user confirms it before it is sent.
 * @property {Child} [before]
 * @property {Child} [cancel]
 */

/**
 * A form that is sent once, however often its button is pressed, and keeps what was typed until it has been sent.
 * @param {FormOptions} options
 */
export function form({ name: formName, fields, button, isWarning, body, basis, send, onStale, check, confirm, before, cancel }) {
  const name = keyOf(formName);
  const unsent = `unsent/${name}`;
  clearNotice(unsent);
  const place = location.pathname + location.search;
  const summary = h("div", { class: "app-form__result", tabindex: "-1" });
  const submit = h("button", { type: "submit", class: `nhsuk-button${isWarning ? " nhsuk-button--warning" : ""}`, "data-prevent-double-click": "true" }, button);
  const buttons = h("div", { class: "app-form__buttons" }, submit, cancel);
  const element = h("form", { novalidate: true, class: "app-form", "data-form": name, onsubmit: (/** @type {Event} */ event) => (event.preventDefault(), attempt()) },
    summary, before, fields.map((field) => field.element), buttons);
  let isSending = false;
  let retry = 0;
  let confirmed = "";
  /** The fields with an error. @type {Field[]} */
  let faulty = [];

  const draft = drafts.get(name);
  if (draft) for (const field of fields) if (field.name in draft) field.set(draft[field.name]);
  element.addEventListener("input", keep);
  element.addEventListener("change", keep);

  const values = () => Object.fromEntries(fields.map((field) => [field.name, field.value()]).filter(([, value]) => value !== undefined));

  function keep() {
    drafts.set(name, values());
    // Another answer has taken the question away: its error is no problem any more.
    if (faulty.length > 0 && faulty.every((field) => field.element.hidden)) {
      faulty = [];
      fill(summary);
    }
  }

  /** @param {{ isAutomatic?: boolean }} [how] */
  async function attempt({ isAutomatic = false } = {}) {
    clearTimeout(retry);
    if (isSending) return;
    buttons.hidden = false;
    const errors = check?.() ?? {};
    showErrors(errors);
    if (Object.keys(errors).length > 0) return;
    const content = body ? body() : values();
    const text = JSON.stringify(content);
    // Another content is another change. The same one keeps its key, so that it is made once.
    const known = attempts.get(name);
    const version = basis?.();
    const sent = known?.content === text && known.basis === version ? known : { content: text, basis: version, key: crypto.randomUUID() };
    attempts.set(name, sent);
    if (confirm && confirmed !== text) return askFirst(confirm(content), text);
    confirmed = "";
    isSending = true;
    submit.setAttribute("aria-disabled", "true");
    fill(submit, "Sending");
    try {
      await send(content, sent.key);
      drafts.delete(name);
      attempts.delete(name);
      clearNotice(unsent);
    } catch (error) {
      await refused(asApiError(error), isAutomatic);
    } finally {
      isSending = false;
      submit.removeAttribute("aria-disabled");
      fill(submit, button);
    }
  }

  /** @param {string[]} sentences @param {string} text The content that they are about: another one is confirmed again. */
  function askFirst(sentences, text) {
    showResult(h("h2", { class: "nhsuk-error-summary__title" }, "This will happen"), sentences.map((sentence) => h("p", null, isolated(sentence))),
      h("div", { class: "app-form__buttons" },
        h("button", { type: "button", class: `nhsuk-button${isWarning ? " nhsuk-button--warning" : ""}`, onclick: () => {
          confirmed = text;
          fill(summary);
          attempt();
        } }, `Yes: ${button.charAt(0).toLowerCase()}${button.slice(1)}`),
        h("button", { type: "button", class: "app-plain", onclick: () => {
          buttons.hidden = false;
          fill(summary);
          submit.focus();
        } }, "No, go back")));
    // One question at a time: the answer is above.
    buttons.hidden = true;
  }

  /** @param {ApiError} error @param {boolean} isAutomatic Whoever types elsewhere meanwhile keeps the focus. */
  async function refused(error, isAutomatic) {
    if (!element.isConnected) return tellElsewhere(explain(error).title);
    const pointed = fieldErrors(error, fields);
    if (Object.keys(pointed.byField).length > 0) return showErrors(pointed.byField, pointed.others);
    const { title, text } = explain(error);
    if (error.status === 409 && onStale) {
      showResult(h("h2", { class: "nhsuk-error-summary__title" }, title), await onStale(error).catch(() => h("p", null, isolated(text))));
      return;
    }

    const show = isAutomatic ? showQuietly : showResult;
    show(h("h2", { class: "nhsuk-error-summary__title" }, title), h("p", null, isolated(text)),
      pointed.others.map((message) => h("p", null, isolated(message))), waitAndRetry(error), reference(error));
  }

  /** @param {ApiError} error */
  function waitAndRetry(error) {
    if (error.status === 401) {
      sessionEvents.addEventListener("renewed", () => element.isConnected && showResult(h("p", null, "You are signed in again. Press the button again.")),
        { once: true });
      return null;
    }

    if (!error.isPassing) return null;
    // Nothing tells two orders of an operator apart, so that none is repeated by itself.
    if (confirm) return h("p", null, "What you typed is kept. It may have been carried out: look at this page before you press the button again.");
    const seconds = Math.min(error.retryAfter ?? 5, 600);
    retry = window.setTimeout(() => {
      if (!element.isConnected) tellElsewhere(explain(error).title);
      else if (!hasExpired()) attempt({ isAutomatic: true });
    }, seconds * 1000);
    return h("p", null, "What you typed is kept. The page sends it again ",
      error.kind === "offline" ? "when the service can be reached" : `in ${seconds} seconds`, ", or press the button now. It is carried out once.");
  }

  /** Whoever has left the form must not believe that it was sent. @param {string} why */
  function tellElsewhere(why) {
    if (!attempts.has(name) || document.querySelector(`[data-form="${CSS.escape(name)}"]`)) return;
    notice(unsent, "warning", h("p", null, h("strong", null, `Not sent: ${button.toLowerCase()}.`), ` ${why}. What you typed is kept. `,
      h("a", { href: place }, "Go back to it"), "."));
  }

  /** @param {Record<string, string>} errors @param {string[]} [others] */
  function showErrors(errors, others = []) {
    for (const field of fields) field.setError(errors[field.name] ?? null);
    const found = fields.filter((field) => errors[field.name]);
    faulty = others.length === 0 ? found : [];
    if (found.length === 0 && others.length === 0) return fill(summary);
    showResult(h("h2", { class: "nhsuk-error-summary__title" }, "There is a problem"),
      h("ul", { class: "nhsuk-list nhsuk-error-summary__list" },
        found.map((field) => h("li", null, h("a", { href: `#${field.focusId}`, onclick: (/** @type {Event} */ event) => {
          event.preventDefault();
          document.getElementById(field.focusId)?.focus();
        } }, isolated(errors[field.name])))),
        others.map((message) => h("li", null, isolated(message)))));
  }

  /** @param {...Child} children */
  function showQuietly(...children) {
    const shown = h("div", { class: "nhsuk-error-summary", role: "alert" }, children);
    if (summary.textContent !== shown.textContent) fill(summary, shown);
  }

  /** @param {...Child} children */
  function showResult(...children) {
    showQuietly(...children);
    summary.focus();
    window.scrollTo({ top: summary.getBoundingClientRect().top + window.scrollY - 16 });
  }

  return { element, attempt, show: showResult, focus: () => document.getElementById(fields[0]?.focusId)?.focus() };
}

/**
 * The errors of an answer, each at the field that its pointer names.
 * @param {ApiError} error @param {Field[]} fields
 */
function fieldErrors(error, fields) {
  /** @type {Record<string, string>} */
  const byField = {};
  /** @type {string[]} */
  const others = [];
  for (const one of error.errors) {
    const pointer = (one.pointer ?? "").replace(/^\//, "");
    const field = fields.find((candidate) => candidate.name === pointer) ?? fields.find((candidate) => pointer.startsWith(`${candidate.name}/`));
    const message = plain(one.message);
    if (field) byField[field.name] = byField[field.name] ? `${byField[field.name]} ${message}` : message;
    else if (!others.includes(message)) others.push(message);
  }

  return { byField, others };
}

// The service names the members of the request in quotes; a reader of the form sees its label.
/** @param {string} message */
function plain(message) {
  return message.replace(/^'([a-zA-Z]+)'/, (_, name) => {
    const text = name.replace(/([A-Z])/g, " $1").toLowerCase();
    return text === "nhs number" ? "NHS number" : text.charAt(0).toUpperCase() + text.slice(1);
  });
}

/** Whether a form has text that was not sent. */
export const hasDrafts = () => drafts.size > 0;

/** Forgets what was typed, when the user changes or gives up. @param {string} [name] */
export function forgetDrafts(name) {
  for (const kept of [drafts, attempts]) {
    if (name === undefined) kept.clear();
    else kept.delete(keyOf(name));
  }
}

