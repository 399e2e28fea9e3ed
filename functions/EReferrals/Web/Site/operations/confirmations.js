import { get, post } from "../api/client.js";
import { h, isolated, lines } from "../core/dom.js";
import { dayAndClock } from "../core/time.js";
import { form } from "../parts/form.js";
import { done } from "../parts/notice.js";
import { section } from "./section.js";

/**
 * @typedef {{ id: string, action: string, state: string, request: { reason?: string, id?: string }, by: { user: string, organisation: string },
 *   expires: string, confirmedBy?: { user: string, organisation: string } }} Confirmation
 */

const aDay = 24 * 60 * 60_000;

/** What one operator asked for and another must confirm. */
export function confirmationsPart() {
  const part = section({ id: "confirmations", title: "Waits for a second operator", interval: 5_000,
    read: async () => (await get("/v1/operations/confirmations")).data.confirmations,
    show: (/** @type {Confirmation[]} */ all) => {
      const open = all.filter((one) => one.state === "WAITING" || (one.state === "CONFIRMED" && late(one) < aDay));
      return open.length === 0 ? h("p", null, "Nothing waits for a second operator.")
        : h("ul", { class: "app-files" }, open.map((one) => item(one, () => part.refresh())));
    } });
  return part;
}

/** @param {Confirmation} one */
const what = ({ action, request }) => action === "READ_ONLY" ? "Switch the service to read-only" : `Discard the accepted submission ${request.id}`;

/** Milliseconds since it expired. @param {Confirmation} one */
const late = ({ expires }) => Date.now() - new Date(expires).getTime();

/** What was confirmed and stopped before it was recorded as done. @param {Confirmation} one */
const stopped = (one) => one.state !== "CONFIRMED" ? null : h("div", null, "Confirmed by ", isolated(one.confirmedBy?.user ?? ""),
  ", but not recorded as done: it may have been carried out. ",
  late(one) < 0 ? "Confirm it again: it is done once." : "Look, and ask for it again if it was not.");

/** @param {Confirmation} one @param {() => Promise<void>} refresh */
function item(one, refresh) {
  return h("li", { class: "app-file" }, h("div", { class: "app-file__name" }, isolated(what(one))), one.request.reason ? lines(one.request.reason) : null,
    h("div", { class: "app-minor" }, "Asked for by ", isolated(one.by.user), " of ", isolated(one.by.organisation),
      `, ${late(one) < 0 ? "expires" : "expired"} on ${dayAndClock(one.expires)}`),
    stopped(one),
    late(one) >= 0 ? null : form({
      name: `confirmation/${one.id}`, fields: [], button: "Confirm", isWarning: true,
      confirm: () => [`${what(one)}. It is done at once.`, "You and the operator who asked for it are both named in the audit trail."],
      send: async () => {
        await post(`/v1/operations/confirmations/${one.id}/confirm`);
        await refresh();
        done(h("strong", null, "It is confirmed and done."));
      },
    }).element);
}
