/** @import { ApiError } from "../api/problem.js" */
/** @import { Change, Entry, ListPage } from "../types.js" */
import { get } from "../api/client.js";
import { asApiError } from "../api/problem.js";
import { sessionEvents } from "../auth/session.js";
import { priorities } from "../core/words.js";

const pageSize = 100;
const interval = 5_000;
const hiddenInterval = 30_000;
const longestInterval = 20_000;

/** @typedef {"live" | "copy" | "partly" | "offline" | "expired"} Liveness */
/** @typedef {{ service?: string, specialty?: string, priority?: string, clinician?: string }} Filters */
/** @typedef {{ added: Entry[], changed: Entry[], removed: string[], reloaded?: boolean }} Difference */

/** One list as it is loaded so far, kept up to date by the change feed. */
export class ListFollower {
  /** @param {string} list @param {Filters} filters */
  constructor(list, filters) {
    this.list = list;
    this.filters = filters;
    /** @type {Entry[]} In the order of the list. */
    this.entries = [];
    /** @type {string | null} The cursor of the next page. */
    this.next = null;
    /** @type {Liveness} */
    this.liveness = "live";
    this.asOf = new Date();
    /** @type {(difference: Difference) => void} */
    this.onchange = () => {};
    this.onliveness = () => {};
    /** @type {(error: ApiError) => void} */
    this.onlost = () => {};
    this.polls = 0;
    this.version = 0;
    this.#cursor = "";
  }

  /** @type {string} */
  #cursor;
  /** @type {Entry | null} Where the loaded pages end, also when the entry has left the list since: the next page begins after it. */
  #end = null;
  /** @type {string | null} */
  #tag = null;
  #timer = 0;
  #failures = 0;
  #isRunning = false;
  #isPolling = false;
  /** Seconds that the service asked to wait. */
  #retryAfter = 0;
  #turn = 0;

  async load() {
    const page = await this.#page(null);
    this.#begin(page);
  }

  /** Loads the next page and returns its entries. */
  async more() {
    if (this.next === null) return [];
    const page = await this.#page(this.next);
    const known = new Set(this.entries.map((entry) => entry.ubrn));
    const fresh = page.entries.filter((entry) => !known.has(entry.ubrn));
    this.entries.push(...fresh);
    this.next = page.next;
    this.#end = page.entries.at(-1) ?? this.#end;
    return fresh;
  }

  start() {
    if (this.#isRunning) return;
    this.#isRunning = true;
    document.addEventListener("visibilitychange", this.#soon);
    window.addEventListener("online", this.#soon);
    sessionEvents.addEventListener("renewed", this.#soon);
    this.#schedule(interval);
  }

  stop() {
    this.#isRunning = false;
    this.#turn++;
    clearTimeout(this.#timer);
    document.removeEventListener("visibilitychange", this.#soon);
    window.removeEventListener("online", this.#soon);
    sessionEvents.removeEventListener("renewed", this.#soon);
    this.onchange = () => {};
    this.onliveness = () => {};
    this.onlost = () => {};
  }

  /** Asks once for what has changed. */
  async poll() {
    if (this.#isPolling) {
      // The answer under way may belong to an earlier visit, which schedules nothing.
      if (this.#isRunning) this.#schedule(interval);
      return;
    }

    this.#isPolling = true;
    this.polls++;
    const turn = this.#turn;
    try {
      if (this.liveness === "copy") await this.#reload();
      else await this.#follow();
      if (turn !== this.#turn) return;
      this.#failures = 0;
      if (this.liveness !== "copy") {
        this.asOf = new Date();
        this.#become("live");
      }
    } catch (failed) {
      if (turn !== this.#turn) return;
      await this.#failed(asApiError(failed));
    } finally {
      this.#isPolling = false;
    }

    if (turn === this.#turn && this.#isRunning) this.#schedule(this.#pause());
  }

  #soon = () => {
    if (this.#isRunning && !document.hidden) this.#schedule(0);
  };

  #pause() {
    if (this.#failures > 0) return Math.max(Math.min(interval * 2 ** this.#failures, longestInterval), this.#retryAfter * 1000);
    return document.hidden ? hiddenInterval : interval;
  }

  /** @param {number} after */
  #schedule(after) {
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.poll(), after);
  }

  /** @param {Liveness} liveness */
  #become(liveness) {
    this.liveness = liveness;
    this.onliveness();
  }

  async #follow() {
    for (let more = true; more;) {
      const answer = await get(`/v1/worklists/${this.list}/changes?since=${encodeURIComponent(this.#cursor)}&limit=1000`,
        { ifNoneMatch: this.#tag ?? undefined });
      if (answer.status === 304) return;
      const page = /** @type {import("../types.js").ChangesPage} */ (answer.data);
      this.#tag = page.next === this.#cursor ? answer.etag : null;
      this.#cursor = page.next;
      more = page.more;
      this.#apply(page.changes);
    }
  }

  /** @param {ApiError} error */
  async #failed(error) {
    this.#failures++;
    this.#retryAfter = Math.min(error.retryAfter ?? 0, 600);
    if (error.status === 401) return this.#become("expired");
    if (error.status === 410) return this.#reload().catch(() => this.#become("partly"));
    if (error.status === 403 || error.status === 404 || error.status === 400) return this.onlost(error);
    this.#become(error.kind === "offline" || error.kind === "slow" ? "offline" : "partly");
  }

  async #reload() {
    const length = this.entries.length;
    const page = await this.#page(null);
    // The same copy again: nothing to show but its age.
    if (page.source !== "live" && this.liveness === "copy" && page.version === this.version) {
      this.asOf = new Date(page.asOf);
      return this.onliveness();
    }

    this.#begin(page);
    while (this.next !== null && this.entries.length < length) await this.more();
    this.onchange({ added: [], changed: [], removed: [], reloaded: true });
    this.onliveness();
  }

  /** @param {ListPage} page The first page. */
  #begin(page) {
    this.entries = page.entries;
    this.next = page.next;
    this.#end = page.entries.at(-1) ?? null;
    this.#cursor = page.changes;
    this.#tag = null;
    this.version = page.version;
    this.liveness = page.source === "live" ? "live" : "copy";
    this.asOf = new Date(page.source === "live" ? Date.now() : page.asOf);
  }

  /** @param {string | null} cursor @returns {Promise<ListPage>} */
  async #page(cursor) {
    const query = new URLSearchParams({ limit: String(pageSize), ...this.filters });
    if (cursor) query.set("cursor", cursor);
    return (await get(`/v1/worklists/${this.list}?${query}`)).data;
  }

  /** @param {Change[]} changes */
  #apply(changes) {
    /** @type {Difference} */
    const difference = { added: [], changed: [], removed: [] };
    // Only the last change of a referral counts.
    for (const change of new Map(changes.map((one) => [one.ubrn, one])).values()) {
      const at = this.entries.findIndex((entry) => entry.ubrn === change.ubrn);
      const entry = change.change === "PUT" && change.entry && this.#suits(change.entry) ? change.entry : null;
      if (entry && at >= 0) {
        this.entries[at] = entry;
        difference.changed.push(entry);
      } else if (entry && this.#isWithinLoaded(entry)) {
        this.entries.push(entry);
        difference.added.push(entry);
      } else if (!entry && at >= 0) {
        this.entries.splice(at, 1);
        difference.removed.push(change.ubrn);
      }
    }

    this.entries.sort(inOrder);
    if (difference.added.length + difference.changed.length + difference.removed.length > 0) this.onchange(difference);
  }

  /** @param {Entry} entry */
  #suits(entry) {
    const { service, specialty, priority, clinician } = this.filters;
    return (!service || entry.service.id === service) && (!specialty || entry.specialty === specialty) && (!priority || entry.priority === priority)
      && (!clinician || entry.referrer.clinician === clinician);
  }

  // What comes after the loaded pages is loaded with its page.
  /** @param {Entry} entry */
  #isWithinLoaded(entry) {
    return this.next === null || this.#end === null || inOrder(entry, this.#end) <= 0;
  }
}

/** The order of every list: priority, then the oldest pathway start. @param {Entry} one @param {Entry} other */
export function inOrder(one, other) {
  return priorities.indexOf(one.priority) - priorities.indexOf(other.priority)
    || one.pathwayStart.localeCompare(other.pathwayStart) || one.ubrn.localeCompare(other.ubrn);
}
