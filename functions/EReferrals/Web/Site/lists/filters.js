/** @import { Entry } from "../types.js" */
/** @import { ListFollower, Filters } from "./follow.js" */
import { h } from "../core/dom.js";
import { go } from "../core/router.js";
import { priorities, word } from "../core/words.js";

/**
 * The filters of a list, which the service applies, and the search within what is loaded.
 * @param {ListFollower} follower @param {(text: string) => void} search @param {HTMLElement} downloads
 */
export function filterBar(follower, search, downloads) {
  const { list, filters, entries } = follower;
  /** @param {keyof Filters} name @param {string} label @param {[string, string][]} options */
  const select = (name, label, options) => {
    const known = new Map(options);
    const chosen = filters[name];
    if (chosen && !known.has(chosen)) known.set(chosen, word(chosen));
    const control = h("select", { class: "nhsuk-select", id: `filter-${name}`, onchange: () => {
      const query = new URLSearchParams(/** @type {Record<string, string>} */ ({ ...filters, [name]: control.value }));
      if (!control.value) query.delete(name);
      // The next filter is chosen from where this one was.
      go(`/app/lists/${list}${query.size > 0 ? `?${query}` : ""}`, { replace: true }).then(() => document.getElementById(`filter-${name}`)?.focus());
    } }, h("option", { value: "" }, "All"),
    [...known].sort((one, other) => one[1].localeCompare(other[1])).map(([value, text]) => h("option", { value, selected: value === chosen }, text)));
    return h("div", null, h("label", { class: "nhsuk-label", for: `filter-${name}` }, label), control);
  };
  const input = h("input", { class: "nhsuk-input", id: "search", type: "search", autocomplete: "off", spellcheck: "false", oninput: () => search(input.value) });
  return h("div", { class: "app-find" },
    h("div", { class: "app-find__search" }, h("label", { class: "nhsuk-label", for: "search" }, "Find a name or number"), input),
    h("details", { class: "app-filters", open: Object.keys(filters).length > 0 }, h("summary", null, "Filters"),
      h("div", { class: "app-filters__fields" },
        select("priority", "Priority", priorities.map((code) => [code, word(code)])),
        select("service", "Service", unique(entries, (entry) => [entry.service.id, entry.service.name ?? entry.service.id])),
        select("specialty", "Specialty", unique(entries, (entry) => entry.specialty && [entry.specialty, word(entry.specialty)])),
        select("clinician", "Referring clinician", unique(entries, (entry) => [entry.referrer.clinician, entry.referrer.clinician])))), downloads);
}

/** @param {Entry[]} entries @param {(entry: Entry) => [string, string] | undefined | ""} pair @returns {[string, string][]} */
function unique(entries, pair) {
  return [...new Map(/** @type {[string, string][]} */ (entries.map(pair).filter(Boolean)))];
}
