/** @import { Acting } from "../types.js" */
/** @import { Attempt } from "./oidc.js" */
import { currentConfig } from "../core/config.js";
import { authorization, exchange, issuer } from "./oidc.js";
import { claimsOf } from "./pkce.js";

// Tokens are in this module's memory only. The browser's session storage holds what outlives a redirect and is worthless to others: the state and
// verifier of one sign-in, the fact that somebody has signed in, and the role that was chosen.
const attemptKey = "sign-in";
const signedInKey = "signed-in";
const actingKey = "acting";
const popupName = "ereferrals-sign-in";

/** @typedef {{ access: string, subject: string, name: string, choices: Acting[], endsAt: number }} Session */

/** @type {Session | null} */
let session = null;
/** @type {Acting | null} */
let acting = null;
let isExpired = false;
let expiry = 0;

/** Fires `change` when the user or the role changes, `expired` when the token has ended, and `renewed` when there is a new one for the same role. */
export const sessionEvents = new EventTarget();

export const currentSession = () => session;
export const hasExpired = () => isExpired;

/** @returns {Acting} */
export function currentActing() {
  if (!acting) throw new Error("Nobody has signed in.");
  return acting;
}

export const isSignedIn = () => session !== null && acting !== null;

/** @returns {Record<string, string>} */
export function actingHeaders() {
  if (!session) return {};
  /** @type {Record<string, string>} */
  const headers = { Authorization: `Bearer ${session.access}` };
  if (acting) {
    headers["NHSD-End-User-Organisation-ODS"] = acting.organisation;
    headers["NHSD-eRS-Business-Function"] = acting.role;
    if (acting.onBehalfOf) headers["NHSD-eRS-On-Behalf-Of-User-ID"] = acting.onBehalfOf;
  }

  return headers;
}

/** @param {Acting} choice */
export function act(choice) {
  acting = choice;
  sessionStorage.setItem(actingKey, JSON.stringify(choice));
  sessionEvents.dispatchEvent(new Event("change"));
}

/** @param {Acting} one @param {Acting | null} other */
export const isSame = (one, other) =>
  one.organisation === other?.organisation && one.role === other.role && one.onBehalfOf === other.onBehalfOf;

/** Leaves the page for the issuer. @param {string} returnTo @param {"none"} [prompt] */
export async function signIn(returnTo, prompt) {
  const { address, attempt } = await authorization(returnTo, prompt);
  sessionStorage.setItem(attemptKey, JSON.stringify(attempt));
  location.assign(address);
}

/** Whether this browser window had a session before it was reloaded. */
export const hadSession = () => sessionStorage.getItem(signedInKey) === "yes";

/**
 * Completes a sign-in whose answer is in the address.
 * @returns {Promise<string>} The path to show. When there is no session after it, the user has to sign in.
 */
export async function completeSignIn() {
  const answer = new URLSearchParams(location.search);
  const text = sessionStorage.getItem(attemptKey);
  sessionStorage.removeItem(attemptKey);
  // The code is of no use twice, but it does not stay in the history either.
  history.replaceState({}, "", "/app/signed-in");
  const attempt = /** @type {Attempt | null} */ (text ? JSON.parse(text) : null);
  const code = answer.get("code");
  if (!attempt || answer.get("state") !== attempt.state || !code) {
    sessionStorage.removeItem(signedInKey);
    return attempt?.returnTo ?? "/app";
  }

  await begin(code, attempt);
  return attempt.returnTo;
}

/** In the small window of a repeated sign-in: hands the answer to the page that opened it. */
export function handOver() {
  if (window.name !== popupName) return false;
  const answer = new URLSearchParams(location.search);
  const channel = new BroadcastChannel(popupName);
  channel.postMessage({ state: answer.get("state"), code: answer.get("code") });
  channel.close();
  window.close();
  return true;
}

/**
 * Prepares a repeated sign-in in a small window, so that the page with what was typed stays. Call the result in a click.
 * @returns {Promise<() => Promise<boolean>>} Resolves to false when another user signed in.
 */
export async function prepareAgain() {
  const { address, attempt } = await authorization(location.pathname);
  return () => new Promise((resolve, reject) => {
    const channel = new BroadcastChannel(popupName);
    channel.onmessage = async ({ data }) => {
      if (data.state !== attempt.state) return;
      channel.close();
      const before = session?.subject;
      try {
        await begin(data.code ?? "", attempt);
        resolve(before === undefined || before === session?.subject);
      } catch (error) {
        reject(error);
      }
    };
    if (!window.open(address, popupName, "popup,width=720,height=800")) {
      channel.close();
      reject(new Error("blocked"));
    }
  });
}

/** Ends the session here and at the issuer. */
export async function signOut() {
  session = null;
  acting = null;
  sessionStorage.clear();
  const { end_session_endpoint } = await issuer().catch(() => ({ end_session_endpoint: undefined }));
  if (!end_session_endpoint) return location.assign("/app/signed-out");
  // With the id of the client, not with the identity token: an address must not hold a token.
  const query = new URLSearchParams({ post_logout_redirect_uri: `${location.origin}/app/signed-out`, client_id: currentConfig().clientId ?? "" });
  location.assign(`${end_session_endpoint}?${query}`);
}

/** The service refused the token, or its time is over. */
export function noteExpired() {
  if (!session || isExpired) return;
  isExpired = true;
  sessionEvents.dispatchEvent(new Event("expired"));
}

/** @param {string} code @param {Attempt} attempt */
async function begin(code, attempt) {
  const tokens = await exchange(code, attempt);
  const identity = tokens.id_token ? claimsOf(tokens.id_token) : {};
  if (tokens.id_token && identity.nonce !== attempt.nonce) throw new Error("The identity token answers another sign-in.");
  const claims = claimsOf(tokens.access_token);
  const before = { subject: session?.subject, acting };
  session = {
    access: tokens.access_token, subject: String(claims.sub ?? identity.sub ?? ""),
    name: String(identity.name ?? claims.name ?? claims.sub ?? "You"), choices: choicesOf(claims), endsAt: Date.now() + tokens.expires_in * 1000,
  };
  isExpired = false;
  sessionStorage.setItem(signedInKey, "yes");
  acting = session.choices.find((choice) => isSame(choice, acting ?? storedActing())) ?? session.choices[0] ?? null;
  clearTimeout(expiry);
  // A longer timer than this would fire at once.
  expiry = window.setTimeout(noteExpired, Math.min(tokens.expires_in * 1000, 2 ** 31 - 1));
  const isRenewed = before.subject === session.subject && acting !== null && isSame(acting, before.acting);
  sessionEvents.dispatchEvent(new Event(isRenewed ? "renewed" : "change"));
}

/** @returns {Acting | null} */
function storedActing() {
  try {
    return JSON.parse(sessionStorage.getItem(actingKey) ?? "null");
  } catch {
    return null;
  }
}

/** The pairs of organisation and role that the token grants. An administrator of a clinician acts for one clinician at a time. @param {Record<string, any>} claims */
function choicesOf(claims) {
  const pairs = /** @type {string[]} */ ([claims.roles ?? []].flat().map(String)).filter((pair) => /^[^:]+:[A-Z_]+$/.test(pair));
  const clinicians = /** @type {string[]} */ ([claims.onBehalfOf ?? []].flat().map(String)).map((pair) => pair.split(":"));
  return pairs.flatMap((pair) => {
    const [organisation, role] = pair.split(":");
    if (role !== "SERVICE_PROVIDER_CLINICIAN_ADMIN") return [{ organisation, role }];
    return clinicians.filter(([place]) => place === organisation).map(([, onBehalfOf]) => ({ organisation, role, onBehalfOf }));
  });
}
