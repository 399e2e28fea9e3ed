/** @import { Entry, View } from "../types.js" */
/** @import { Difference, Filters } from "./follow.js" */
import { getBlob } from "../api/client.js";
import { asApiError } from "../api/problem.js";
import { currentActing, sessionEvents } from "../auth/session.js";
import { fill, h, say } from "../core/dom.js";
import { reload } from "../core/router.js";
import { clock, counted, recent } from "../core/time.js";
import { isProvider, listPurposes, listsOf, priorities, word } from "../core/words.js";
import { explain, failure } from "../parts/failure.js";
import { saveBlob } from "../parts/save.js";
import { filterBar } from "./filters.js";
import { ListFollower } from "./follow.js";
import { columns, row } from "./row.js";

/** The lists that are loaded, so that the way back from a referral finds the same rows. @type {Map<string, ListFollower>} */
const followers = new Map();
const mostFollowers = 4;

sessionEvents.addEventListener("change", () => followers.clear());

/** @param {string} list @param {URLSearchParams} query @returns {Promise<View>} */
export async function listView(list, query) {
  if (!listsOf(currentActing().role).includes(list)) return notYours(list);
  const filters = filtersIn(query);
  const key = `${list}?${new URLSearchParams(/** @type {Record<string, string>} */ (filters))}`;
  const follower = followers.get(key) ?? await opened(key, list, filters);
  const view = new ListTable(follower);
  follower.onchange = (difference) => view.change(difference);
  follower.onliveness = () => view.showLiveness();
  follower.onlost = (error) => {
    followers.delete(key);
    const lost = failure(error, () => reload());
    view.element.replaceWith(lost.element);
  };
  follower.start();
  // The rows of a list that was left are as old as the visit.
  if (Date.now() - follower.asOf.getTime() > 2_000) follower.poll();
  return { title: word(list), element: view.element, dispose: () => follower.stop() };
}

/** @param {string} key @param {string} list @param {Filters} filters */
async function opened(key, list, filters) {
  const follower = new ListFollower(list, filters);
  await follower.load();
  followers.set(key, follower);
  for (const old of followers.keys()) if (followers.size > mostFollowers) followers.delete(old);
  return follower;
}

/** An entry of a list that is loaded. @param {string} ubrn @returns {Entry | undefined} */
export function loadedEntry(ubrn) {
  for (const follower of followers.values()) {
    const entry = follower.entries.find((one) => one.ubrn === ubrn);
    if (entry) return entry;
  }

  return undefined;
}

/** The referral after this one on a list that is loaded. @param {string} list @param {string} ubrn */
export function neighbour(list, ubrn) {
  const follower = [...followers.values()].reverse().find((one) => one.list === list);
  if (!follower) return undefined;
  const at = follower.entries.findIndex((entry) => entry.ubrn === ubrn);
  return (at >= 0 ? follower.entries[at + 1] : follower.entries[0])?.ubrn;
}

/** @param {URLSearchParams} query @returns {Filters} */
function filtersIn(query) {
  /** @type {Filters} */
  const filters = {};
  for (const name of /** @type {(keyof Filters)[]} */ (["service", "specialty", "priority", "clinician"])) {
    const value = query.get(name);
    if (value && /^[A-Za-z0-9_-]{1,64}$/.test(value) && (name !== "priority" || priorities.includes(value))) filters[name] = value;
  }

  return filters;
}

/** @param {string} list @returns {View} */
function notYours(list) {
  const role = currentActing().role;
  return {
    title: "Not your list",
    element: h("div", { "data-failure": "403" }, h("h1", null, "This list is not for your role"),
      h("p", null, `${word(list)} is not among the lists of ${word(role).toLowerCase()}. Choose another role at the top, or `,
        h("a", { href: "/app" }, "go to your lists"), ".")),
  };
}

class ListTable {
  /** The rows that are shown, those of referrals that have left the list too. @type {Map<string, { entry: Entry, element: HTMLTableRowElement }>} */
  #rows = new Map();
  /** @type {Entry[]} New entries that would move what is being read. */
  #held = [];
  #search = "";

  /** @param {ListFollower} follower */
  constructor(follower) {
    this.follower = follower;
    this.body = h("tbody", { role: "rowgroup" });
    this.status = h("p", { class: "app-status" });
    this.held = h("div", { class: "app-held" });
    this.banner = h("div", null);
    this.foot = h("div", { class: "app-list__foot" });
    this.empty = h("div", null);
    this.table = h("table", { role: "table", class: "app-list" },
      h("caption", { class: "nhsuk-u-visually-hidden" }, word(follower.list)),
      h("thead", { role: "rowgroup" }, h("tr", { role: "row" },
        columns.map((name) => h("th", { role: "columnheader", scope: "col" }, name)))),
      this.body);
    this.problem = h("p", { class: "nhsuk-error-message", role: "alert" });
    this.element = h("div", { class: "app-list-view" }, h("h1", null, word(follower.list)), h("p", null, listPurposes[follower.list]),
      this.banner, filterBar(follower, (text) => this.search(text), this.#downloads()), h("div", { class: "app-status-row" }, this.status, this.held),
      this.problem, this.table, this.empty, this.foot);
    this.#fill();
    this.showLiveness();
  }

  /** @param {Difference} difference */
  change({ added, changed, removed, reloaded }) {
    if (reloaded) {
      this.#fill();
      return;
    }

    for (const entry of changed) this.#replace(entry, "changed");
    this.#held = this.#held.map((entry) => changed.find((one) => one.ubrn === entry.ubrn) ?? entry);
    for (const ubrn of removed) this.#markGone(ubrn);
    const back = added.filter((entry) => this.#rows.has(entry.ubrn));
    for (const entry of back) this.#replace(entry, "back");
    this.#held.push(...added.filter((entry) => !back.includes(entry) && !this.#insertApart(entry)));
    this.#showHeld();
    this.#showStatus();
    if (added.length > 0) say(`${counted(added.length, "new referral")} on this list.`);
  }

  showLiveness() {
    const { liveness, asOf } = this.follower;
    const texts = {
      live: null,
      copy: `This is a copy of the list, as at ${recent(asOf)}. The service is partly down: what you decide may be refused.`,
      partly: `The service is partly down. This is the list as at ${recent(asOf)}: what you decide may be refused.`,
      offline: `The service cannot be reached. This is the list as at ${recent(asOf)}; it goes on when the connection is back.`,
      expired: `Your sign-in has ended. This is the list as at ${recent(asOf)}.`,
    };
    const text = texts[liveness];
    const shown = this.banner.textContent;
    if (text !== (shown || null)) {
      fill(this.banner, text ? h("div", { class: "app-notice app-notice--warning", role: "alert", "data-liveness": liveness }, text) : null);
    }

    this.element.classList.toggle("app-old", liveness !== "live");
    this.#showStatus();
  }

  /** Leaves only the loaded rows that contain the text. @param {string} text */
  search(text) {
    this.#search = text.trim().toLowerCase();
    for (const { entry, element } of this.#rows.values()) element.hidden = !this.#suits(entry);
    this.#showStatus();
    this.#showEmpty();
  }

  #fill() {
    this.#held = [];
    this.#rows.clear();
    fill(this.body);
    this.#append(this.follower.entries);
    this.#showHeld();
    this.#showFoot();
    this.#showStatus();
    this.#showEmpty();
  }

  /** @param {Entry[]} entries */
  #append(entries) {
    const fragment = document.createDocumentFragment();
    for (const entry of entries) {
      // A referral that left the loaded pages, and is on a later one, is shown once.
      if (this.#rows.has(entry.ubrn)) this.#replace(entry, "back");
      else fragment.append(this.#make(entry, null));
    }

    this.body.append(fragment);
  }

  /** @param {Entry} entry @param {import("./row.js").Mark} mark */
  #make(entry, mark) {
    const element = row(entry, this.follower.list, mark);
    element.hidden = !this.#suits(entry);
    this.#rows.set(entry.ubrn, { entry, element });
    return element;
  }

  /** @param {Entry} entry @param {"changed" | "back"} mark */
  #replace(entry, mark) {
    const before = this.#rows.get(entry.ubrn)?.element;
    if (!before) return;
    const hadFocus = before.contains(document.activeElement);
    const after = this.#make(entry, mark);
    before.replaceWith(after);
    if (hadFocus) after.querySelector("a")?.focus({ preventScroll: true });
  }

  // The row stays until the list is left, so that nothing jumps under the reader's eyes.
  /** @param {string} ubrn */
  #markGone(ubrn) {
    this.#held = this.#held.filter((entry) => entry.ubrn !== ubrn);
    const element = this.#rows.get(ubrn)?.element;
    if (!element) return;
    element.classList.add("app-row--gone");
    const note = element.querySelector("td:last-child > div");
    note?.prepend(h("div", null, h("strong", { class: "nhsuk-tag nhsuk-tag--grey app-tag" }, "No longer on this list")));
  }

  /** Inserts a row where it moves nothing that is in view. @param {Entry} entry @returns {boolean} Whether that was possible. */
  #insertApart(entry) {
    const later = this.follower.entries.slice(this.follower.entries.indexOf(entry) + 1).find((one) => this.#rows.has(one.ubrn));
    const place = later ? this.#rows.get(later.ubrn)?.element ?? null : null;
    const top = place ? place.getBoundingClientRect().top : this.table.getBoundingClientRect().bottom;
    if (place && top >= 0 && top < window.innerHeight) return false;
    const made = this.#make(entry, "new");
    this.body.insertBefore(made, place);
    // Above the view: scroll by its height, so that the view stays where it is.
    if (place && top < 0) {
      const moved = place.getBoundingClientRect().top - top;
      if (Math.abs(moved) > 1) window.scrollBy(0, moved);
    }

    this.#showEmpty();
    return true;
  }

  #showHeld() {
    const count = this.#held.length;
    fill(this.held, count === 0 ? null : h("button", { type: "button", class: "nhsuk-button nhsuk-button--small", onclick: () => this.#release() },
      `Show ${counted(count, "new referral")}`));
  }

  #release() {
    const first = [...this.#held].sort((one, other) => this.follower.entries.indexOf(one) - this.follower.entries.indexOf(other));
    this.#held = [];
    for (const entry of first) {
      const later = this.follower.entries.slice(this.follower.entries.indexOf(entry) + 1).find((one) => this.#rows.has(one.ubrn));
      this.body.insertBefore(this.#make(entry, "new"), later ? this.#rows.get(later.ubrn)?.element ?? null : null);
    }

    this.#showHeld();
    this.#showEmpty();
    const made = first[0] ? this.#rows.get(first[0].ubrn)?.element : null;
    made?.querySelector("a")?.focus();
  }

  #showStatus() {
    const { entries, next, asOf, liveness } = this.follower;
    const shown = entries.filter((entry) => this.#suits(entry)).length;
    const overdue = entries.filter((entry) => (entry.overdue ?? []).length > 0).length;
    const loaded = next === null ? counted(entries.length, "referral") : `The first ${counted(entries.length, "referral")}`;
    const text = [
      this.#search ? `${shown} of ${loaded.toLowerCase()} found` : loaded,
      overdue > 0 ? `${overdue} overdue` : null,
      liveness === "live" ? `up to date at ${clock(asOf)}` : `as at ${recent(asOf)}`,
    ].filter(Boolean).join(", ");
    if (this.status.textContent !== text) this.status.textContent = text;
  }

  #showFoot() {
    const { next } = this.follower;
    if (next === null) return fill(this.foot);
    const more = h("button", { type: "button", class: "nhsuk-button nhsuk-button--secondary", onclick: () => this.#more(more, false) }, "Show the next 100");
    const all = h("button", { type: "button", class: "nhsuk-button nhsuk-button--secondary", onclick: () => this.#more(all, true) }, "Show all");
    fill(this.foot, more, " ", all);
  }

  /** @param {HTMLButtonElement} button @param {boolean} isAll */
  async #more(button, isAll) {
    if (button.getAttribute("aria-disabled")) return;
    button.setAttribute("aria-disabled", "true");
    fill(button, "Loading");
    this.problem.textContent = "";
    try {
      /** @type {Entry | undefined} */
      let first;
      do {
        const entries = await this.follower.more();
        first ??= entries[0];
        this.#append(entries);
        this.#showStatus();
      } while (isAll && this.follower.next !== null);
      if (first) this.#rows.get(first.ubrn)?.element.querySelector("a")?.focus({ preventScroll: true });
    } catch (failed) {
      this.problem.textContent = `The next page could not be read. ${explain(asApiError(failed)).title}.`;
    }

    this.#showFoot();
    this.#showEmpty();
  }

  #showEmpty() {
    const { filters } = this.follower;
    const shown = [...this.#rows.values()].some(({ entry }) => this.#suits(entry));
    const hasFilters = Object.keys(filters).length > 0;
    this.table.hidden = this.#rows.size === 0;
    fill(this.empty, shown ? null
      : this.#search ? h("p", { class: "app-empty" }, "No loaded referral contains this text.")
        : this.#rows.size > 0 ? null
          : h("div", { class: "app-empty" }, h("p", null, h("strong", null, hasFilters ? "No referral on this list suits these filters." : "This list is empty.")),
            hasFilters ? h("p", null, h("a", { href: `/app/lists/${this.follower.list}` }, "Show the whole list"))
              : h("p", null, isProvider(currentActing().role) ? "New referrals appear here by themselves, within seconds."
                : "There is nothing to do here. Changes appear by themselves, within seconds.")));
  }

  /** @param {Entry} entry */
  #suits(entry) {
    if (!this.#search) return true;
    const digits = this.#search.replaceAll(/[\s-]/g, "");
    return (entry.patient.name ?? "").toLowerCase().includes(this.#search) || entry.patient.nhsNumber.includes(digits) || entry.ubrn.includes(digits);
  }

  #downloads() {
    const query = new URLSearchParams(/** @type {Record<string, string>} */ (this.follower.filters)).toString();
    /** @param {string} path @param {string} name */
    const save = async (path, name) => {
      this.problem.textContent = "";
      try {
        saveBlob(await getBlob(`/v1/worklists/${this.follower.list}/${path}${query ? `?${query}` : ""}`), name);
      } catch (failed) {
        this.problem.textContent = `The file could not be made. ${explain(asApiError(failed)).title}.`;
      }
    };
    const name = `${currentActing().organisation}-${this.follower.list.toLowerCase().replaceAll("_", "-")}`;
    return h("div", { class: "app-downloads" },
      h("button", { type: "button", class: "app-plain", onclick: () => save("print", `${name}.html`) }, "Save for printing"),
      h("button", { type: "button", class: "app-plain", onclick: () => save("export.csv", `${name}.csv`) }, "Save as a table (CSV)"));
  }
}

