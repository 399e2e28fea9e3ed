/** @import { Config } from "../types.js" */
import { ApiError } from "../api/problem.js";

/** @type {Config | undefined} */
let config;

/** @returns {Promise<Config>} */
export async function loadConfig() {
  const response = await fetch("/app/config.json", { credentials: "omit" }).catch(() => {
    throw new ApiError({ kind: "offline" });
  });
  if (!response.ok) throw new ApiError({ kind: "status", status: response.status });
  config = /** @type {Config} */ (await response.json());
  return config;
}

/** @returns {Config} */
export function currentConfig() {
  if (!config) throw new Error("The configuration is not loaded.");
  return config;
}
