/** @import { Entry, Referral, View } from "../types.js" */
/** @import { ActionName } from "./rules.js" */
import { get, post } from "../api/client.js";
import { ApiError } from "../api/problem.js";
import { currentActing, sessionEvents } from "../auth/session.js";
import { h } from "../core/dom.js";
import { go, reload } from "../core/router.js";
import { listsOf, readsReferrals, ubrn as spaced, word } from "../core/words.js";
import { isSlotGone } from "../parts/failure.js";
import { forgetDrafts, form } from "../parts/form.js";
import { done } from "../parts/notice.js";
import { loadedEntry, neighbour } from "../lists/list.js";
import { actions, halfAnHourLater } from "./actions.js";
import { answer, clinical, patientBanner, stateRows, warnings } from "./details.js";
import { history, readHistory, versions } from "./history.js";
import { letters } from "./letters.js";
import { actionsFor } from "./rules.js";
import { serviceToBook } from "./slots.js";

/**
 * @param {string} ubrn @param {string | undefined} action @param {string | null} list The list from which the user came.
 * @returns {Promise<View>}
 */
export async function referralView(ubrn, action, list) {
  const read = await readReferral(ubrn);
  if (!read) return queuedView(ubrn);
  const { referral, etag } = read;
  const service = await serviceToBook(referral);
  const offered = actionsFor(referral, currentActing(), service);
  if (action) return actionView(referral, etag, action, offered, list);
  const files = letters(referral);
  const back = list && listsOf(currentActing().role).includes(list) ? list : null;
  const next = back ? neighbour(back, ubrn) : undefined;
  return {
    title: `Referral ${spaced(ubrn)}`,
    dispose: files.dispose,
    element: h("div", { class: "app-referral" },
      back ? h("p", { class: "app-trail" }, h("a", { href: `/app/lists/${back}` }, `Back to ${word(back).toLowerCase()}`),
        next ? h("a", { href: `/app/referrals/${next}?list=${back}`, class: "app-trail__next", "data-key": "n", "aria-keyshortcuts": "Alt+N" }, "Next referral") : null) : null,
      h("h1", null, h("span", { class: "nhsuk-caption-l" }, "Referral ", h("span", { class: "app-number" }, spaced(ubrn))), word(referral.state)),
      patientBanner(referral), warnings(referral), answer(referral), actionBar(referral, offered, back),
      readsReferrals(currentActing().role) ? [clinical(referral), files.element] : null,
      h("section", { "aria-labelledby": "about" }, h("h2", { id: "about" }, "About the referral"), stateRows(referral)),
      readsReferrals(currentActing().role) ? history(ubrn) : null),
  };
}

/** The referrals that an administrator has changed, as the service answered. @type {Map<string, Referral>} */
const remembered = new Map();
sessionEvents.addEventListener("change", () => remembered.clear());

/** @param {string} ubrn @returns {Promise<{ referral: Referral, etag: string } | null>} Null while it is being processed. */
async function readReferral(ubrn) {
  if (!readsReferrals(currentActing().role)) {
    const known = remembered.get(ubrn);
    const entry = loadedEntry(ubrn) ?? (known ? undefined : await findEntry(ubrn));
    // The lists follow a command a moment later.
    if (known && (!entry || known.version >= entry.version)) return { referral: known, etag: `W/"${known.version}"` };
    if (entry) return { referral: asReferral(entry), etag: `W/"${entry.version}"` };
  }

  const answer = await get(`/v1/referrals/${ubrn}`);
  return answer.status === 202 ? null : { referral: answer.data, etag: answer.etag ?? `W/"${answer.data.version}"` };
}

// Administrators may not read a referral, only the lists that it is on.
/** @param {string} ubrn @returns {Promise<Entry>} */
async function findEntry(ubrn) {
  for (const list of listsOf(currentActing().role)) {
    /** @type {string | null} */
    let cursor = null;
    do {
      /** @type {import("../types.js").ListPage} */
      const page = (await get(`/v1/worklists/${list}?limit=1000${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`)).data;
      const entry = page.entries.find((one) => one.ubrn === ubrn);
      if (entry) return entry;
      cursor = page.next;
    } while (cursor !== null);
  }

  throw new ApiError({ kind: "status", status: 404, problem: { title: "Not found", status: 404,
    detail: "This referral is on none of your lists. An administrator sees a referral only while it is on a list." } });
}

/** What a list shows of a referral. @param {Entry} entry @returns {Referral} */
function asReferral(entry) {
  const { organisation, role } = currentActing();
  return {
    ...entry, status: "active", attachments: [], problems: undefined, created: entry.received, updated: entry.received,
    patient: { nhsNumber: entry.patient.nhsNumber, familyName: entry.patient.name, birthDate: entry.patient.birthDate },
    referrer: { user: "", role: "", ...entry.referrer },
    service: { ...entry.service, provider: role.startsWith("SERVICE_PROVIDER_") ? organisation : undefined },
    clocks: { pathwayStart: entry.pathwayStart, rttBreach: entry.rttBreach, diagnosisDue: entry.diagnosisDue },
    appointment: entry.appointmentStart ? { start: entry.appointmentStart, end: entry.appointmentStart } : undefined,
  };
}

/** @param {Referral} referral @param {ActionName[]} offered @param {string | null} list */
function actionBar(referral, offered, list) {
  const links = offered.map((name) => ({ name, action: actions[name] }));
  if (links.length === 0) return h("p", { class: "app-minor" }, "There is nothing for your role to do with this referral now.");
  const keys = links.filter(({ action }) => action?.key).map(({ name, action }) => `Alt+${action?.key?.toUpperCase()} ${shortTitles[name].toLowerCase()}`);
  return [h("nav", { class: "app-actions", "aria-label": "Actions" }, links.map(({ name, action }, index) =>
    h("a", {
      href: `/app/referrals/${referral.ubrn}/${name}${list ? `?list=${list}` : ""}`, role: "button", draggable: "false",
      "data-key": action?.key, "aria-keyshortcuts": action?.key ? `Alt+${action.key.toUpperCase()}` : null,
      class: `nhsuk-button ${index === 0 && mainActions.includes(name) ? "" : "nhsuk-button--secondary"}`,
    }, shortTitles[name]))), keys.length > 0 ? h("p", { class: "app-minor app-keys" }, "Keys: ", keys.join(", "), ".") : null];
}

/** What brings a referral forward. @type {ActionName[]} */
const mainActions = ["accept", "book", "outcome", "redirect"];

/** @type {Record<ActionName, string>} */
const shortTitles = {
  accept: "Accept", return: "Return with advice", reject: "Reject", book: "Book", "cancel-appointment": "Cancel the appointment",
  outcome: "Record the outcome", "correct-outcome": "Correct the outcome", redirect: "Redirect", acknowledge: "Acknowledge", letters: "Add or change letters",
  patient: "Correct the patient", cancel: "Cancel the referral",
};

/**
 * @param {Referral} referral @param {string} etag @param {string} name @param {ActionName[]} offered @param {string | null} list
 * @returns {Promise<View>}
 */
async function actionView(referral, etag, name, offered, list) {
  const action = actions[/** @type {ActionName} */ (name)];
  const page = `/app/referrals/${referral.ubrn}${list ? `?list=${list}` : ""}`;
  /** @param {string} why @returns {View} */
  const impossible = (why) => ({ title: "Not possible now", element: h("div", null, h("h1", null, "This is not possible now"),
    h("p", null, why), h("p", null, h("a", { href: page }, "Back to the referral"))) });
  if (!action || !offered.includes(/** @type {ActionName} */ (name))) {
    return impossible(`The referral is in the state "${word(referral.state)}", or your role may not do this.`);
  }

  const prepared = await action.prepare?.(referral);
  const prevented = action.prevented?.(referral, prepared);
  if (prevented) return impossible(prevented);
  let tag = etag;
  let known = referral.version;
  const fields = action.fields(referral, prepared);
  const values = () => Object.fromEntries(fields.filter((field) => !field.element.hidden).map((field) => [field.name, field.value()])
    .filter(([, value]) => value !== undefined));
  const draft = `${referral.ubrn}/${name}`;
  const made = form({
    name: draft, fields, button: action.button, isWarning: action.isWarning,
    body: () => (action.body ? action.body(values(), referral) : values()),
    basis: () => tag,
    check: () => ({ ...action.check?.(values()), ...unfinished(fields) }),
    send: async (body, key) => {
      const answer = await post(`/v1/referrals/${referral.ubrn}/${action.path}`, { body, key, ifMatch: tag });
      if (!readsReferrals(currentActing().role)) remembered.set(referral.ubrn, answer.data);
      // Whoever has gone on to something else stays there.
      if (!made.element.isConnected) return done(h("strong", null, `Referral ${spaced(referral.ubrn)}: `), action.done);
      await go(page, { replace: true });
      const next = list ? neighbour(list, referral.ubrn) : undefined;
      done(h("strong", null, action.done), list ? [" ", h("a", { href: `/app/lists/${list}` }, `Back to ${word(list).toLowerCase()}`)] : null,
        next ? [" or ", h("a", { href: `/app/referrals/${next}?list=${list}` }, "go to the next referral")] : null);
    },
    onStale: async (error) => {
      if (isSlotGone(error)) {
        await action.offerAgain?.(referral, fields);
        return h("p", null, "Choose another slot: those that are free now are below.");
      }

      const fresh = await readReferral(referral.ubrn);
      if (!fresh) return null;
      tag = fresh.etag;
      const since = readsReferrals(currentActing().role) ? (await readHistory(referral.ubrn)).filter((one) => one.version > known) : [];
      known = fresh.referral.version;
      const isStillPossible = actionsFor(fresh.referral, currentActing(), await serviceToBook(fresh.referral)).includes(/** @type {ActionName} */ (name));
      return [h("p", null, "What you typed is still below. See what has changed, then decide again."), since.length > 0 ? versions(since) : h("p", null, `It is now: ${word(fresh.referral.state)}.`),
        isStillPossible ? h("p", null, `To do this all the same, press "${action.button}" again.`)
          : h("p", null, "This action is not possible any more. ", h("a", { href: page }, "Look at the referral as it is now"), ".")];
    },
    cancel: h("a", { href: page, class: "app-cancel", onclick: () => forgetDrafts(draft) }, "Do not do this"),
  });
  suggestEnd(fields);
  const files = letters(referral);
  return {
    title: action.title,
    dispose: () => {
      files.dispose();
      for (const field of fields) field.dispose?.();
    },
    focus: () => made.focus(),
    element: h("div", { class: "app-referral" }, h("p", { class: "app-trail" }, h("a", { href: page }, "Back to the referral")), h("h1", null, action.title),
      patientBanner(referral), warnings(referral), answer(referral), action.explanation ? h("p", null, action.explanation) : null, made.element,
      readsReferrals(currentActing().role) ? [clinical(referral), files.element] : null),
  };
}

/** Letters that are still on their way. @param {import("../parts/field.js").Field[]} fields @returns {Record<string, string>} */
const unfinished = (fields) => Object.fromEntries(fields.filter((field) => field.isBusy?.())
  .map((field) => [field.name, "Wait until the letters are sent, or remove those that cannot be sent"]));

/** Suggests an end of half an hour when a start is chosen. @param {import("../parts/field.js").Field[]} fields */
function suggestEnd(fields) {
  const start = fields.find((field) => field.name === "start");
  const end = fields.find((field) => field.name === "end");
  if (!start || !end) return;
  start.element.addEventListener("change", () => {
    const value = start.value();
    if (value && !end.value()) end.set(halfAnHourLater(value));
  });
}

/** The number has been given, and the referral is on its way. @param {string} ubrn @returns {View} */
function queuedView(ubrn) {
  const timer = window.setTimeout(() => reload(), 1_500);
  return {
    title: `Referral ${spaced(ubrn)}`,
    dispose: () => clearTimeout(timer),
    element: h("div", null, h("h1", null, h("span", { class: "nhsuk-caption-l" }, "Referral ", spaced(ubrn)), "Being processed"),
      h("p", null, "The referral is stored and cannot be lost. It appears here within seconds, by itself.")),
  };
}

