/** @import { View } from "../types.js" */
import { get } from "../api/client.js";
import { currentActing } from "../auth/session.js";
import { h } from "../core/dom.js";
import { confirmationsPart } from "./confirmations.js";
import { deadLettersPart } from "./dead-letters.js";
import { messagesPart } from "./messages.js";
import { modePart } from "./mode.js";
import { transfersPart } from "./transfers.js";

/** @returns {Promise<View>} */
export async function operationsView() {
  if (currentActing().role !== "OPERATOR") {
    return { title: "Operators only", element: h("div", { "data-failure": "403" }, h("h1", null, "This page is for operators"),
      h("p", null, "Choose the role of an operator at the top of the page, if you have one. Everyone may read ", h("a", { href: "/" }, "the status"), ".")) };
  }

  const mode = (await get("/v1/operations/mode")).data;
  const parts = [modePart(mode), confirmationsPart(), messagesPart(), deadLettersPart(), transfersPart()];
  return {
    title: "Operate the service",
    element: h("div", { class: "app-referral" }, h("h1", null, "Operate the service"),
      h("p", null, "What you do here concerns every practice and hospital. ", h("a", { href: "/" }, "The status page"), " shows its effect."),
      parts.map((part) => part.element)),
    dispose: () => parts.forEach((part) => part.dispose?.()),
  };
}
