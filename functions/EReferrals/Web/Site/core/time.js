// Dates and times as NHS services write them, in UK time.
const zone = "Europe/London";
const dayFormat = new Intl.DateTimeFormat("en-GB", { timeZone: zone, day: "numeric", month: "long", year: "numeric" });
const shortDayFormat = new Intl.DateTimeFormat("en-GB", { timeZone: zone, day: "numeric", month: "short", year: "numeric" });
const weekdayFormat = new Intl.DateTimeFormat("en-GB", { timeZone: zone, weekday: "long", day: "numeric", month: "long", year: "numeric" });
const plainDayFormat = new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", day: "numeric", month: "long", year: "numeric" });
const partsFormat = new Intl.DateTimeFormat("en-GB", {
  timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
});

/** 28 November 2026 @param {string | Date} instant */
export const day = (instant) => dayFormat.format(new Date(instant));

/** Saturday 28 November 2026 @param {string | Date} instant */
export const weekday = (instant) => weekdayFormat.format(new Date(instant)).replace(",", "");

/** 28 Nov 2026 @param {string | Date} instant */
export const shortDay = (instant) => shortDayFormat.format(new Date(instant));

/** A date without a time, such as a date of birth. @param {string} date */
export const plainDay = (date) => plainDayFormat.format(new Date(`${date.slice(0, 10)}T00:00:00Z`));

/** 4:05pm @param {string | Date} instant */
export function clock(instant) {
  const { hour, minute } = ukParts(instant);
  const hours = Number(hour);
  if (minute === "00" && hours % 12 === 0) return hours === 0 ? "midnight" : "midday";
  return `${hours % 12 || 12}:${minute}${hours < 12 ? "am" : "pm"}`;
}

/** When something is due: at the end of 27 November 2026, or at a time. @param {string} instant */
export function deadline(instant) {
  const { hour, minute } = ukParts(instant);
  return hour === "00" && minute === "00" ? `at the end of ${day(new Date(new Date(instant).getTime() - 60_000))}` : dayAndClock(instant);
}

/** 28 November 2026 at 4:05pm @param {string | Date} instant */
export const dayAndClock = (instant) => `${day(instant)} at ${clock(instant)}`;

/** A time of today as a time, and any other with its day. @param {string | Date} instant */
export const recent = (instant) => (day(instant) === day(new Date()) ? clock(instant) : dayAndClock(instant));

/** How long ago: 3 days @param {string | Date} instant @param {number} [now] */
export function age(instant, now = Date.now()) {
  const minutes = Math.max(0, Math.floor((now - new Date(instant).getTime()) / 60_000));
  if (minutes < 1) return "under a minute";
  if (minutes < 60) return counted(minutes, "minute");
  if (minutes < 48 * 60) return counted(Math.floor(minutes / 60), "hour");
  return counted(Math.floor(minutes / 1440), "day");
}

/** 1 referral, 2 referrals @param {number} count @param {string} word */
export const counted = (count, word) => `${count.toLocaleString("en-GB")} ${word}${count === 1 ? "" : "s"}`;

/** Years of age on a day. @param {string} birthDate @param {Date} [on] */
export function years(birthDate, on = new Date()) {
  const [year, month, date] = birthDate.split("-").map(Number);
  const now = ukParts(on);
  const had = Number(now.month) > month || (Number(now.month) === month && Number(now.day) >= date);
  return Number(now.year) - year - (had ? 0 : 1);
}

/**
 * The instant of a UK date and time, as an input of the type datetime-local gives it.
 * @param {string} local 2026-11-28T16:05
 */
export function ukInstant(local) {
  const asUtc = new Date(`${local.slice(0, 16)}:00Z`).getTime();
  if (Number.isNaN(asUtc)) return "";
  // UK time is at most an hour ahead of UTC.
  for (const offset of [0, 60]) {
    const instant = new Date(asUtc - offset * 60_000);
    if (localOf(instant) === local.slice(0, 16)) return instant.toISOString();
  }

  return new Date(asUtc).toISOString();
}

/** 2026-11-28T16:05 in UK time. @param {string | Date} instant */
export function localOf(instant) {
  const { year, month, day: date, hour, minute } = ukParts(instant);
  return `${year}-${month}-${date}T${hour}:${minute}`;
}

/** @param {string | Date} instant @returns {Record<string, string>} */
function ukParts(instant) {
  return Object.fromEntries(partsFormat.formatToParts(new Date(instant)).map((part) => [part.type, part.value]));
}
