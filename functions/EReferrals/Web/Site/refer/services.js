/** @import { Field } from "../parts/field.js" */
/** @import { Service } from "../types.js" */
import { get } from "../api/client.js";
import { asApiError } from "../api/problem.js";
import { fill, h, isolated } from "../core/dom.js";
import { counted } from "../core/time.js";
import { word } from "../core/words.js";
import { explain } from "../parts/failure.js";

const shownAtOnce = 8;
const most = 1000;

/** The services that take patients: those that only give advice are left out. @returns {Promise<Service[]>} */
async function readServices() {
  /** @type {Service[]} */
  const services = [];
  /** @type {string | null} */
  let cursor = null;
  do {
    /** @type {{ services: Service[], next: string | null }} */
    const page = (await get(`/v1/services?limit=100${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`)).data;
    services.push(...page.services);
    cursor = page.next;
  } while (cursor !== null && services.length < most);
  return services.filter((service) => service.requestTypes.some((type) => type !== "ADVICE_AND_GUIDANCE_REQUEST"));
}

/**
 * A question for a service: type a part of its name, specialty or hospital, and choose.
 * @param {{ label: string, priority: () => string | undefined }} question
 * @returns {Field & { refresh: () => void }}
 */
export function serviceField({ label, priority }) {
  const id = "service";
  /** @type {Service[]} */
  let services = [];
  /** @type {string | undefined} */
  let chosen;
  const search = h("input", { class: "nhsuk-input", id: `${id}-search`, type: "search", autocomplete: "off", spellcheck: "false", oninput: () => show() });
  const results = h("div", { class: "app-services" });
  const status = h("p", { class: "app-minor", role: "status" });
  const error = h("span", { class: "nhsuk-error-message", id: `${id}-error`, hidden: true });
  const fieldset = h("fieldset", { class: "nhsuk-fieldset" }, h("legend", { class: "nhsuk-fieldset__legend app-question" }, label), error,
    h("label", { class: "nhsuk-label", for: `${id}-search` }, "Search by name, specialty or hospital"), search, status, results);
  const element = h("div", { class: "nhsuk-form-group" }, fieldset);

  function show() {
    const text = search.value.trim().toLowerCase();
    const wanted = priority();
    const suitable = services.filter((service) => (!wanted || service.priorities.includes(/** @type {any} */ (wanted)))
      && [service.name, word(service.specialty), service.provider, service.id, ...service.clinicTypes.map(word)].join(" ").toLowerCase().includes(text));
    const first = suitable.slice(0, shownAtOnce);
    const selected = services.find((service) => service.id === chosen);
    if (selected && !first.includes(selected)) first.unshift(selected);
    fill(results, h("div", { class: "nhsuk-radios" }, first.map(option)));
    status.textContent = suitable.length === 0 ? "No service suits this. Try other words, or another priority."
      : suitable.length > shownAtOnce ? `${counted(suitable.length, "service")} suit. The first ${shownAtOnce} are below: type more to find others.`
        : `${counted(suitable.length, "service")} ${suitable.length === 1 ? "suits" : "suit"}.`;
  }

  /** @param {Service} service */
  function option(service) {
    const input = h("input", { class: "nhsuk-radios__input", type: "radio", name: id, id: `${id}-${service.id}`, value: service.id,
      "aria-describedby": `${id}-${service.id}-hint`, onchange: () => (chosen = service.id) });
    input.checked = service.id === chosen;
    return h("div", { class: "nhsuk-radios__item" }, input,
      h("label", { class: "nhsuk-label nhsuk-radios__label", for: `${id}-${service.id}` }, isolated(service.name)),
      h("div", { class: "nhsuk-hint nhsuk-radios__hint", id: `${id}-${service.id}-hint` }, describe(service)));
  }

  async function load() {
    status.textContent = "Loading the services";
    try {
      services = await readServices();
      show();
    } catch (failed) {
      fill(status, `The services could not be read. ${explain(asApiError(failed)).title}. `,
        h("button", { type: "button", class: "app-plain", onclick: load }, "Try again"));
    }
  }

  load();
  return {
    name: "service", id, label, element, refresh: show,
    get focusId() {
      return `${id}-search`;
    },
    value: () => chosen,
    set: (value) => {
      chosen = value || undefined;
      show();
    },
    setError: (message) => {
      error.hidden = message === null;
      fill(error, message === null ? "" : [h("span", { class: "nhsuk-u-visually-hidden" }, "Error: "), isolated(message)]);
      element.classList.toggle("nhsuk-form-group--error", message !== null);
      if (message === null) fieldset.removeAttribute("aria-describedby");
      else fieldset.setAttribute("aria-describedby", `${id}-error`);
    },
  };
}

/** @param {Service} service */
function describe(service) {
  const ages = service.ageFrom || service.ageTo
    ? `, ages ${service.ageFrom ?? 0} ${service.ageTo ? `to ${service.ageTo}` : "and over"}` : "";
  return [`${word(service.specialty)} at `, isolated(service.provider), ages, ". ",
    service.requestTypes.includes("TRIAGE_REQUEST") ? "The hospital triages." : "The hospital arranges an appointment.",
    service.instructions ? [" ", isolated(service.instructions)] : null];
}
