import { get, post, remove } from "../api/client.js";
import { h, isolated, lines } from "../core/dom.js";
import { dayAndClock, ukInstant } from "../core/time.js";
import { textField } from "../parts/field.js";
import { form } from "../parts/form.js";
import { done } from "../parts/notice.js";
import { missing } from "../referral/actions.js";
import { section } from "./section.js";

/** @typedef {{ id: string, at: string, text: string, until: string | null, by: string }} Message */

/** Messages that the status page shows to everyone. */
export function messagesPart() {
  const fields = [
    textField({ name: "text", label: "Message", hint: "Everyone can read it. No patient data", type: "area", rows: 3, maxLength: 2000 }),
    textField({ name: "until", label: "Shown until", hint: "UK time", optional: true, type: "datetime" }),
  ];
  const values = () => Object.fromEntries(fields.map((field) => [field.name, field.value()]));
  const made = form({
    name: "message", fields, button: "Post the message",
    check: () => missing(values(), { text: "Enter the message" }),
    body: () => ({ text: values().text, ...(values().until ? { until: ukInstant(values().until) } : {}) }),
    confirm: ({ text, until }) => [`Everyone who opens the status page reads: ${text}`, until ? `It is taken down on ${dayAndClock(until)}.` : "It stays until you delete it."],
    send: async (body) => {
      await post("/v1/operations/messages", { body });
      for (const field of fields) field.set("");
      await part.refresh();
      done(h("strong", null, "The message is posted."));
    },
  });
  const part = section({ id: "messages", title: "Messages to everyone", interval: 15_000, more: made.element,
    read: async () => (await get("/v1/operations/messages")).data.messages,
    show: (/** @type {Message[]} */ messages) => (messages.length === 0 ? h("p", null, "No message is shown.") : h("ul", { class: "app-files" }, messages.map((message) => item(message, () => part.refresh())))) });
  return part;
}

/** @param {Message} message @param {() => Promise<void>} refresh */
function item(message, refresh) {
  return h("li", { class: "app-file" }, lines(message.text),
    h("div", { class: "app-minor" }, `Posted on ${dayAndClock(message.at)} by `, isolated(message.by), message.until ? `, shown until ${dayAndClock(message.until)}` : null),
    form({
      name: `message/${message.id}`, fields: [], button: "Delete", confirm: () => ["The message is deleted, and nobody sees it any more."],
      send: async () => {
        await remove(`/v1/operations/messages/${message.id}`);
        await refresh();
        done(h("strong", null, "The message is deleted."));
      },
    }).element);
}
