/** @import { Due } from "../types.js" */
import { currentActing } from "../auth/session.js";
import { deadline } from "../core/time.js";
import { isProvider, word } from "../core/words.js";

/** The next action: whose it is, and when it is due. @param {Due} due */
export function dueText({ by, side, what }) {
  const isMine = (side === "PROVIDER") === isProvider(currentActing().role);
  const whose = isMine ? "Your" : side === "PROVIDER" ? "The hospital's" : "The practice's";
  return `${whose} ${word(what)} ${isPast(by) ? "was" : "is"} due ${deadline(by)}`;
}

/** @param {string} instant */
export const isPast = (instant) => new Date(instant).getTime() < Date.now();
