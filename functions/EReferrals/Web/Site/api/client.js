/** @import { Problem } from "../types.js" */
import { ApiError } from "./problem.js";
import { actingHeaders, hasExpired, noteExpired } from "../auth/session.js";

// The service answers within ten seconds.
const patience = 12_000;

/**
 * @typedef {object} Options
 * @property {unknown} [body] Sent as JSON.
 * @property {string} [ifMatch]
 * @property {string} [ifNoneMatch]
 * @property {string} [key] The Idempotency-Key: the same for every attempt of one change.
 * @property {AbortSignal} [signal]
 */

/** @typedef {{ status: number, etag: string | null, headers: Headers, data: any }} Answer */

/** @param {string} path @param {Options} [options] */
export const get = (path, options) => call("GET", path, options);

/** @param {string} path @param {Options} [options] */
export const post = (path, options) => call("POST", path, options);

/** @param {string} path @param {Options} [options] */
export const put = (path, options) => call("PUT", path, options);

/** @param {string} path @param {Options} [options] */
export const remove = (path, options) => call("DELETE", path, options);

/** Reads a file. @param {string} path @returns {Promise<Blob>} */
export async function getBlob(path) {
  const response = await send("GET", path, {});
  if (!response.ok) throw await errorOf(response);
  try {
    return await response.blob();
  } catch {
    throw new ApiError({ kind: "offline" });
  }
}

/**
 * @param {string} method
 * @param {string} path
 * @param {Options} [options]
 * @returns {Promise<Answer>} 2xx, or 304 without data.
 */
async function call(method, path, options = {}) {
  const response = await send(method, path, options);
  const etag = response.headers.get("ETag");
  if (response.status === 304 || response.status === 204) return { status: response.status, etag, headers: response.headers, data: null };
  if (!response.ok) throw await errorOf(response);
  return { status: response.status, etag, headers: response.headers, data: await jsonOf(response) };
}

/** @param {string} method @param {string} path @param {Options} options */
async function send(method, path, { body, ifMatch, ifNoneMatch, key, signal }) {
  // Each refused token is recorded: the page does not send one that it knows to have ended.
  if (hasExpired()) throw new ApiError({ kind: "status", status: 401 });
  /** @type {Record<string, string>} */
  const headers = { ...actingHeaders(), "X-Correlation-ID": crypto.randomUUID() };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (ifMatch) headers["If-Match"] = ifMatch;
  if (ifNoneMatch) headers["If-None-Match"] = ifNoneMatch;
  if (key) headers["Idempotency-Key"] = key;
  const late = AbortSignal.timeout(patience);
  try {
    return await fetch(path, {
      method, headers, body: body === undefined ? undefined : JSON.stringify(body), cache: "no-store", credentials: "omit",
      signal: signal ? AbortSignal.any([signal, late]) : late,
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError({ kind: late.aborted ? "slow" : "offline" });
  }
}

/** @param {Response} response */
async function jsonOf(response) {
  try {
    return await response.json();
  } catch {
    throw new ApiError({ kind: "unreadable", status: response.status });
  }
}

/** @param {Response} response */
export async function errorOf(response) {
  if (response.status === 401) noteExpired();
  /** @type {Problem | undefined} */
  let problem;
  try {
    problem = await response.json();
  } catch {
    problem = undefined;
  }

  return new ApiError({ kind: "status", status: response.status, problem, retryAfter: secondsIn(response.headers.get("Retry-After")) });
}

/** @param {string | null} header */
export function secondsIn(header) {
  return header && /^\d+$/.test(header) ? Number(header) : undefined;
}
