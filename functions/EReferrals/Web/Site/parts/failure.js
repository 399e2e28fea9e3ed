/** @import { ApiError } from "../api/problem.js" */
/** @import { View } from "../types.js" */
import { asApiError } from "../api/problem.js";
import { sessionEvents } from "../auth/session.js";
import { counted } from "../core/time.js";
import { h, isolated } from "../core/dom.js";

// What the service tells the program that called it: the page does it, and its reader need not know.
const forPrograms = / (?:Retry the (?:same )?request|Send the same request again)[^.]*\.(?= |$)/g;

/** What happened, and what to do, in the words of the page. @param {ApiError} error @returns {{ title: string, text: string }} */
export function explain(error) {
  if (error.kind === "offline") return { title: "You are offline, or the service cannot be reached", text: "Check your connection." };
  if (error.kind === "slow") return { title: "The service is slow to answer", text: "It did not answer within 12 seconds. Try again in a moment." };
  if (error.kind === "unreadable") {
    return { title: "The answer could not be read", text: "Something between you and the service may have changed it. Reload the page." };
  }

  const detail = (error.problem?.detail ?? "").replaceAll(forPrograms, "");
  switch (error.status) {
    case 401: return { title: "Your sign-in has ended", text: "Sign in again to go on. What you typed stays on this page." };
    case 403: return { title: "You may not see this", text: detail || "Your role has no access. If that is wrong, choose another role at the top of the page." };
    case 404: return { title: "Not found", text: detail || "It does not exist, or not any more. Check the number." };
    case 409: return { title: isSlotGone(error) ? "This slot is not available any more" : "This has changed since you read it", text: detail };
    case 423: return { title: "Somebody else is changing this", text: detail || "Try again in a moment." };
    case 429: return { title: "Too many requests", text: "The service limits how often you may ask. Wait, then try again." };
    case 503: return { title: "The service is partly down", text: detail || "It cannot do this at the moment. Try again in a moment." };
    default: return {
      title: error.status >= 500 ? "Sorry, there is a problem with the service" : "The service refused this",
      text: detail || "Try again later.",
    };
  }
}

/** Somebody else was first to book it. @param {ApiError} error */
export const isSlotGone = (error) => error.problem?.type?.endsWith(":slot-not-available") ?? false;

/**
 * A whole view for a failure.
 * @param {unknown} failed
 * @param {() => void} retry
 * @returns {View}
 */
export function failure(failed, retry) {
  const error = asApiError(failed);
  const { title, text } = explain(error);
  const { element, dispose } = retryButton(error, retry);
  return {
    title,
    dispose,
    element: h(
      "div", { class: "app-failure", "data-failure": error.kind === "status" ? error.status : error.kind },
      h("h1", null, title), h("p", null, isolated(text)), element, reference(error),
      h("p", null, h("a", { href: "/" }, "Look at the status of the service"), " or go to ", h("a", { href: "/app" }, "the start"), "."),
    ),
  };
}

/** The number to quote when asking for help. @param {ApiError} error */
export function reference(error) {
  const id = error.problem?.correlationId;
  return id ? h("p", { class: "nhsuk-hint app-small" }, "If you ask for help, quote ", h("code", null, id), ".") : null;
}

/**
 * A button to try again, which waits as long as the service asks for and then tries by itself. After a sign-in that has ended, the next one tries again.
 * @param {ApiError} error @param {() => void} retry
 */
function retryButton(error, retry) {
  const button = h("button", { type: "button", class: "nhsuk-button nhsuk-button--secondary", onclick: () => retry() }, "Try again");
  if (error.status === 401) {
    const again = () => retry();
    sessionEvents.addEventListener("renewed", again, { once: true });
    return { element: null, dispose: () => sessionEvents.removeEventListener("renewed", again) };
  }

  if (!error.isPassing) return { element: [403, 404].includes(error.status) ? null : button, dispose: () => {} };
  let left = Math.min(error.retryAfter ?? 15, 600);
  const note = h("p", { class: "nhsuk-hint" });
  const tell = () => (note.textContent = left > 0 ? `The page tries again by itself in ${counted(left, "second")}.` : "Trying again.");
  tell();
  const timer = window.setInterval(() => {
    left--;
    tell();
    if (left > 0) return;
    clearInterval(timer);
    retry();
  }, 1000);
  return { element: h("div", null, button, note), dispose: () => clearInterval(timer) };
}
