import { h } from "../core/dom.js";
import { word } from "../core/words.js";

/** @param {string} text @param {"red" | "orange" | "yellow" | "blue" | "green" | "grey" | "purple" | "white"} colour */
export const tag = (text, colour) => h("strong", { class: `nhsuk-tag nhsuk-tag--${colour} app-tag` }, text);

/** @param {string} priority */
export function priorityTag(priority) {
  return tag(word(priority), priority === "TWO_WEEK_WAIT" ? "red" : priority === "URGENT" ? "orange" : "grey");
}

/** @param {{ overdue?: string[] }} entry */
export const overdueTags = (entry) => (entry.overdue ?? []).map((what) => [tag(`${capital(word(what))} overdue`, "red"), " "]);

/** @param {string} text */
export const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
