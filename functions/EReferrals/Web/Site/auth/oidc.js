import { ApiError } from "../api/problem.js";
import { currentConfig } from "../core/config.js";
import { challengeOf, randomText } from "./pkce.js";

/** @typedef {{ authorization_endpoint: string, token_endpoint: string, end_session_endpoint?: string }} Metadata */
/** @typedef {{ state: string, verifier: string, nonce: string, returnTo: string }} Attempt */

/** @type {Promise<Metadata> | undefined} */
let metadata;

export const redirectUri = () => `${location.origin}/app/signed-in`;

/** @returns {Promise<Metadata>} */
export function issuer() {
  metadata ??= fetch(currentConfig().metadata, { credentials: "omit" }).then((response) => {
    if (!response.ok) throw new ApiError({ kind: "status", status: response.status });
    return response.json();
  }).catch((error) => {
    metadata = undefined;
    throw error instanceof ApiError ? error : new ApiError({ kind: "offline" });
  });
  return metadata;
}

/**
 * The address at which a user signs in, and what must be known when the user comes back.
 * @param {string} returnTo @param {"none" | undefined} [prompt]
 * @returns {Promise<{ address: string, attempt: Attempt }>}
 */
export async function authorization(returnTo, prompt) {
  const { authorization_endpoint } = await issuer();
  const { clientId, scopes } = currentConfig();
  const attempt = { state: randomText(), verifier: randomText(), nonce: randomText(), returnTo };
  const query = new URLSearchParams({
    response_type: "code", client_id: clientId ?? "", redirect_uri: redirectUri(), scope: scopes, state: attempt.state, nonce: attempt.nonce,
    code_challenge: await challengeOf(attempt.verifier), code_challenge_method: "S256",
  });
  if (prompt) query.set("prompt", prompt);
  return { address: `${authorization_endpoint}?${query}`, attempt };
}

/**
 * Exchanges the code for tokens.
 * @param {string} code @param {Attempt} attempt
 * @returns {Promise<{ access_token: string, id_token?: string, expires_in: number }>}
 */
export async function exchange(code, attempt) {
  const { token_endpoint } = await issuer();
  const form = new URLSearchParams({
    grant_type: "authorization_code", code, redirect_uri: redirectUri(), client_id: currentConfig().clientId ?? "", code_verifier: attempt.verifier,
  });
  const response = await fetch(token_endpoint, { method: "POST", body: form, credentials: "omit" }).catch(() => {
    throw new ApiError({ kind: "offline" });
  });
  if (!response.ok) throw new ApiError({ kind: "status", status: response.status, problem: { title: "Sign-in", status: response.status,
    detail: "The sign-in could not be completed. Sign in again." } });
  return response.json();
}
