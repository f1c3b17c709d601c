const END = /^(?:\.(\d{1,9}))?(?:Z|([+-])([01]\d|2[0-3]):([0-5]\d))$/;
const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/**
 * Epoch milliseconds of an RFC 3339 timestamp (0–9 fractional digits, floored to milliseconds; Z or an offset), or
 * NaN. Stricter than Date.parse, which accepts junk: no local times, no 24:00, no 30 February, no leap second
 * (Google smears those, so second 60 never names an instant).
 */
export function parseTimestamp(text: unknown): number {
  if (typeof text !== "string" || text.length < 20) return Number.NaN;
  const second = parseSecond(text);
  if (text.length === 20 && text.charCodeAt(19) === 90) return second;
  const end = END.exec(text.slice(19));
  if (!end) return Number.NaN;
  const [, fraction = "", sign, hours = "0", minutes = "0"] = end;
  const offset = (Number(hours) * 60 + Number(minutes)) * 60_000;
  return second + Number(fraction.slice(0, 3).padEnd(3, "0")) - (sign === "-" ? -offset : offset);
}

/** RFC 3339 in UTC, without a fraction where it is zero. */
export function formatTimestamp(time: Date): string {
  return time.toISOString().replace(".000Z", "Z");
}

/** `YYYY-MM-DDTHH:MM:SS` at the head of the text, as if it were UTC, or NaN. */
function parseSecond(text: string): number {
  const year = digits(text, 0) * 100 + digits(text, 2);
  const month = digits(text, 5);
  const day = digits(text, 8);
  const isDate = year >= 1000 && month >= 1 && day >= 1 && day <= daysIn(year, month);
  return isDate && isPunctuated(text)
    ? Date.UTC(year, month - 1, day) + parseClock(text)
    : Number.NaN;
}

function parseClock(text: string): number {
  const hours = digits(text, 11);
  const minutes = digits(text, 14);
  const seconds = digits(text, 17);
  const isClock = hours <= 23 && minutes <= 59 && seconds <= 59;
  return isClock ? ((hours * 60 + minutes) * 60 + seconds) * 1000 : Number.NaN;
}

function isPunctuated(text: string): boolean {
  return (
    text[4] === "-" && text[7] === "-" && text[10] === "T" && text[13] === ":" && text[16] === ":"
  );
}

/** The two digits at `at` as a number, or NaN. */
function digits(text: string, at: number): number {
  const tens = text.charCodeAt(at) - 48;
  const ones = text.charCodeAt(at + 1) - 48;
  const areDigits = tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9;
  return areDigits ? tens * 10 + ones : Number.NaN;
}

function daysIn(year: number, month: number): number {
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return month === 2 && isLeap ? 29 : (MONTH_DAYS[month - 1] ?? 0);
}
