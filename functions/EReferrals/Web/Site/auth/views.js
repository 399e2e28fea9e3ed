/** @import { View } from "../types.js" */
import { byId, fill, h, isolated } from "../core/dom.js";
import { currentConfig } from "../core/config.js";
import { dayAndClock } from "../core/time.js";
import { word } from "../core/words.js";
import { go } from "../core/router.js";
import { clearNotice, notice } from "../parts/notice.js";
import { forgetDrafts } from "../parts/form.js";
import { act, currentActing, currentSession, isSame, isSignedIn, prepareAgain, sessionEvents, signIn, signOut } from "./session.js";

/** @param {string} returnTo @returns {View} */
export function signInView(returnTo) {
  const isSetUp = Boolean(currentConfig().clientId);
  return {
    title: "Sign in",
    element: h("div", null, h("h1", null, "Sign in to EReferrals"),
      isSetUp
        ? [h("p", null, "See the patients who have been referred to you, and decide."),
          h("button", { type: "button", class: "nhsuk-button", onclick: () => signIn(returnTo).catch((error) => {
            byId("sign-in-problem").textContent = error.status ? "The sign-in service refused to answer. Try again in a minute." :
              "The sign-in service cannot be reached. Check your connection, then try again.";
          }) }, "Sign in"),
          h("p", { id: "sign-in-problem", role: "alert" })]
        : [h("p", null, "Sign-in is not set up for this service: its issuer has no client for this page."),
          h("p", null, "The operator sets ", h("code", null, "Web__ClientId"), ". Until then use your own system, which works as before.")],
      h("p", null, "If you expect trouble, look at ", h("a", { href: "/" }, "the status of the service"), ".")),
  };
}

/** @returns {View} */
export function signedOutView() {
  return {
    title: "Signed out",
    element: h("div", null, h("h1", null, "You are signed out"), h("p", null, "Nothing of what you saw is kept in this browser."),
      h("p", null, h("a", { href: "/app", class: "nhsuk-button" }, "Sign in again"))),
  };
}

// The browser would ask whether to stay, when nobody is signed in any more.
function leave() {
  forgetDrafts();
  return signOut();
}

/** A user whose token grants no role here. @returns {View} */
export function noRoleView() {
  return {
    title: "No role",
    element: h("div", null, h("h1", null, "You have no role here"),
      h("p", null, "You are signed in as ", isolated(currentSession()?.name), ", but your account has no role in this service, so it shows you nothing."),
      h("p", null, "Ask the administrator of your organisation for a role, then sign in again."),
      h("button", { type: "button", class: "nhsuk-button nhsuk-button--secondary", onclick: leave }, "Sign out")),
  };
}

/** Who has signed in, with the switch of roles. */
export function showWho() {
  const session = currentSession();
  if (!session) return fill(byId("who"));
  const acting = isSignedIn() ? currentActing() : null;
  const choices = session.choices;
  /** @param {import("../types.js").Acting} choice */
  const text = (choice) => `${word(choice.role)}, ${choice.organisation}${choice.onBehalfOf ? ` for ${choice.onBehalfOf}` : ""}`;
  const select = h("select", { id: "role", class: "nhsuk-select app-role", onchange: () => {
    act(choices[Number(select.value)]);
    go("/app");
  } }, choices.map((choice, index) => h("option", { value: index, selected: acting !== null && isSame(choice, acting) }, text(choice))));
  fill(byId("who"),
    h("span", { class: "app-who__name" }, isolated(session.name)),
    choices.length > 1 ? [h("label", { class: "nhsuk-u-visually-hidden", for: "role" }, "Role and organisation"), select]
      : acting ? h("span", { class: "app-who__role" }, isolated(text(acting))) : null,
    h("button", { type: "button", class: "app-header__button", onclick: leave }, "Sign out"));
}

/** A paper says when it was true, and who printed it. */
export function markPrints() {
  window.addEventListener("beforeprint", () => {
    const session = currentSession();
    fill(byId("printed"), session && isSignedIn() ? ["Confidential: patient data. Printed from EReferrals on ", dayAndClock(new Date()), " (UK time) by ",
      isolated(session.name), ", ", isolated(currentActing().organisation), "."] : null);
  });
}

/** Says that the sign-in has ended, and renews it in a small window, so that the page keeps what was typed. */
export function watchExpiry() {
  sessionEvents.addEventListener("renewed", () => clearNotice("expired"));
  sessionEvents.addEventListener("expired", async () => {
    /** @type {(() => Promise<boolean>) | null} */
    let again = await prepareAgain().catch(() => null);
    const problem = h("span", null);
    const button = h("button", { type: "button", class: "nhsuk-button nhsuk-button--small", onclick: async () => {
      try {
        again ??= await prepareAgain();
        const open = again;
        again = null;
        const before = currentActing();
        if (!(await open())) {
          // Another user must not see what the first one had on the screen, and is not asked whether to stay on it.
          forgetDrafts();
          location.assign("/app");
        } else if (!isSignedIn() || !isSame(currentActing(), before)) {
          // What is on the screen belongs to a role that the user does not have any more.
          clearNotice("expired");
          await go("/app");
        }
      } catch (error) {
        again = await prepareAgain().catch(() => null);
        problem.textContent = error instanceof Error && error.message === "blocked"
          ? " Your browser blocked the window. Allow pop-up windows for this page." : " That did not work. Try again.";
      }
    } }, "Sign in again");
    notice("expired", "warning", h("p", null, h("strong", null, "Your sign-in has ended."), " What you see and what you typed stays. ", problem), button);
  });
}
