/** @import { Entry } from "../types.js" */
import { h, isolated } from "../core/dom.js";
import { age, counted, day, plainDay, recent } from "../core/time.js";
import { nhsNumber, ubrn, word } from "../core/words.js";
import { dueText } from "../parts/due.js";
import { overdueTags, priorityTag, tag } from "../parts/tag.js";

/** @typedef {"new" | "changed" | "back" | null} Mark */

export const columns = ["Priority", "Patient", "Service", "From", "Waiting", "Letter", "To note"];

/** @param {Entry} entry @param {string} list @param {Mark} mark */
export function row(entry, list, mark) {
  const cells = [
    [priorityTag(entry.priority)],
    patientCell(entry, list),
    [isolated(entry.service.name ?? entry.service.id), h("div", { class: "app-minor" }, entry.service.provider ? [isolated(entry.service.provider), ". "] : null, word(entry.specialty))],
    [isolated(entry.referrer.organisation), h("div", { class: "app-minor" }, "Clinician ", isolated(entry.referrer.clinician))],
    [age(entry.received), h("div", { class: "app-minor" }, entry.due ? dueText(entry.due) : `Received ${day(entry.received)}`), overdueTags(entry)],
    [word(entry.letter.status), h("div", { class: "app-minor" }, entry.attachments === 0 ? "No files" : counted(entry.attachments, "file"))],
    notes(entry, mark),
  ];
  return h("tr", { role: "row", class: mark ? `app-row--${mark}` : null, "data-ubrn": entry.ubrn },
    cells.map((cell, index) => h("td", { role: "cell" },
      h("span", { class: "app-list__label", "aria-hidden": "true" }, columns[index]), h("div", null, cell))));
}

/** @param {Entry} entry @param {string} list */
function patientCell(entry, list) {
  return [
    h("a", { href: `/app/referrals/${entry.ubrn}?list=${list}`, class: "app-row__link" }, isolated(entry.patient.name ?? "Name not given")),
    h("div", { class: "app-minor" }, "NHS number ", h("span", { class: "app-number" }, nhsNumber(entry.patient.nhsNumber))),
    entry.patient.birthDate ? h("div", { class: "app-minor" }, "Born ", plainDay(entry.patient.birthDate)) : null,
    h("div", { class: "app-minor" }, "UBRN ", h("span", { class: "app-number" }, ubrn(entry.ubrn))),
  ];
}

/** @param {Entry} entry @param {Mark} mark */
function notes(entry, mark) {
  const duplicates = entry.possibleDuplicates?.length ?? 0;
  return [
    mark === "new" ? h("div", null, tag("New", "green")) : null,
    mark === "back" ? h("div", null, tag("Back on this list", "blue")) : null,
    mark === "changed" ? h("div", null, tag("Just changed", "blue")) : null,
    h("div", null, word(entry.state)),
    entry.appointmentStart ? h("div", { class: "app-minor" }, "Appointment ", recent(entry.appointmentStart)) : null,
    entry.review === "REVIEWED" || entry.review === "NEVER_REVIEWED" ? null : h("div", null, tag(word(entry.review), "purple")),
    (entry.problems ?? []).map((code) => h("div", null, tag(word(code), "yellow"))),
    duplicates > 0 ? h("div", null, tag(`${counted(duplicates, "possible duplicate")}`, "yellow")) : null,
  ];
}
