import { completeSignIn, currentActing, currentSession, handOver, hadSession, isSignedIn, sessionEvents, signIn } from "./auth/session.js";
import { markPrints, noRoleView, showWho, signInView, signedOutView, watchExpiry } from "./auth/views.js";
import { loadConfig } from "./core/config.js";
import { byId, fill, h } from "./core/dom.js";
import { route, start } from "./core/router.js";
import { isReferrer, listsOf, word } from "./core/words.js";
import { failure } from "./parts/failure.js";
import { hasDrafts } from "./parts/form.js";
import { clearNotice } from "./parts/notice.js";
import { listView } from "./lists/list.js";
import { overviewView } from "./lists/overview.js";
import { operationsView } from "./operations/page.js";
import { referView } from "./refer/refer.js";
import { referralView } from "./referral/page.js";

/** @import { View } from "./types.js" */

let lastPath = "";

/**
 * A view for users who have a role. Others are asked to sign in, or told that they have none.
 * @param {RegExp} pattern
 * @param {(params: string[], query: URLSearchParams) => Promise<View>} show
 */
function signedInRoute(pattern, show) {
  route(pattern, async (params, query) => {
    // What was done is said until the user goes on.
    if (location.pathname !== lastPath) clearNotice("done");
    lastPath = location.pathname;
    if (!currentSession()) return signInView(location.pathname + location.search);
    return isSignedIn() ? show(params, query) : noRoleView();
  });
}

function routes() {
  route(/^\/app\/signed-out$/, async () => signedOutView());
  signedInRoute(/^\/app$/, () => overviewView());
  signedInRoute(/^\/app\/operations$/, () => operationsView());
  signedInRoute(/^\/app\/refer$/, () => referView());
  signedInRoute(/^\/app\/lists\/([A-Z_]+)$/, (params, query) => listView(params[0], query));
  signedInRoute(/^\/app\/referrals\/(\d{12})(?:\/([a-z-]+))?$/, ([ubrn, action], query) => referralView(ubrn, action, query.get("list")));
}

function showNavigation() {
  const links = [];
  if (isSignedIn()) {
    const { role } = currentActing();
    links.push(["/app", "Start"], ...listsOf(role).map((list) => [`/app/lists/${list}`, word(list)]));
    if (role === "OPERATOR") links.push(["/app/operations", "Operate"]);
    if (isReferrer(role) && role !== "REFERRING_ADMIN") links.push(["/app/refer", "Refer a patient"]);
  }

  fill(byId("nav"), links.length === 0 ? null : h("ul", { class: "nhsuk-width-container" },
    links.map(([href, text]) => h("li", null, h("a", { href }, text)))));
}

async function begin() {
  if (location.pathname === "/app/signed-in" && handOver()) return;
  sessionEvents.addEventListener("change", () => {
    showWho();
    showNavigation();
  });
  watchExpiry();
  markPrints();
  routes();
  window.addEventListener("beforeunload", (event) => hasDrafts() && event.preventDefault());
  try {
    const config = await loadConfig();
    if (location.pathname === "/app/signed-in") {
      history.replaceState({}, "", await completeSignIn());
    } else if (hadSession() && config.clientId && location.pathname !== "/app/signed-out") {
      // After a reload the issuer still knows the user, and answers without a question.
      return await signIn(location.pathname + location.search, "none");
    }

    await start();
  } catch (error) {
    const view = failure(error, () => location.reload());
    document.title = `${view.title} - EReferrals`;
    fill(byId("main"), view.element);
  }
}

begin();
