/** @import { FieldError, Problem } from "../types.js" */

/** @typedef {"offline" | "slow" | "unreadable" | "status"} ErrorKind */

/** Why a request has no usable answer. */
export class ApiError extends Error {
  /** @param {{ kind: ErrorKind, status?: number, problem?: Problem, retryAfter?: number }} what */
  constructor({ kind, status = 0, problem, retryAfter }) {
    super(problem?.detail ?? problem?.title ?? kind);
    this.kind = kind;
    this.status = status;
    this.problem = problem;
    /** Seconds to wait before the next attempt; null when the service named none. */
    this.retryAfter = retryAfter ?? null;
  }

  /** @returns {FieldError[]} */
  get errors() {
    return this.problem?.errors ?? [];
  }

  /** Whether the same request can succeed later. The outcome of a write may be unknown, so that it is sent with the same key. */
  get isPassing() {
    return this.kind === "offline" || this.kind === "slow" || [408, 423, 429, 500, 502, 503, 504].includes(this.status);
  }
}

/** @param {unknown} error @returns {ApiError} */
export function asApiError(error) {
  if (error instanceof ApiError) return error;
  console.error(error instanceof Error ? error.name : "error");
  return new ApiError({ kind: "unreadable" });
}
