export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
export const WEEK = 7 * DAY;

/** A calendar date as Google writes it. */
type CivilDate = Readonly<{ year: number; month: number; day: number }>;
type CivilTime = Readonly<{ hours?: number; minutes?: number; seconds?: number; nanos?: number }>;
export type CivilDateTime = Readonly<{ date: CivilDate; time: CivilTime }>;

/** RFC 3339 with Z, and a fraction only where there is one, as Google prints instants. */
export function formatInstant(ms: number): string {
  return new Date(ms).toISOString().replace(".000Z", "Z");
}

/** Milliseconds of an RFC 3339 instant, or null where the text is none. */
export function parseInstant(text: string): number | null {
  const shape =
    /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:(\.\d{1,3})\d{0,6})?(Z|[+-]\d{2}:\d{2})$/.exec(text);
  if (shape === null) return null;
  // JavaScript keeps milliseconds; Google accepts up to nine digits of a fraction.
  const [, fraction = "", zone = "Z"] = shape;
  const ms = Date.parse(`${text.slice(0, 19)}${fraction}${zone}`);
  return Number.isNaN(ms) ? null : ms;
}

/** Milliseconds of `YYYY-MM-DD[THH:mm:ss]` read as if it were UTC, or null where the text is none. */
export function parseCivil(text: string): number | null {
  if (!/^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2})?$/.test(text)) return null;
  const ms = Date.parse(`${text.length === 10 ? `${text}T00:00:00` : text}Z`);
  return Number.isNaN(ms) ? null : ms;
}

/** Milliseconds of a protobuf duration such as `60s`, or null where the text is none. */
export function parseDuration(text: string): number | null {
  return /^\d{1,12}(\.\d{1,9})?s$/.test(text)
    ? Math.round(Number(text.slice(0, -1)) * SECOND)
    : null;
}

/** Civil time at an offset; fields that are zero are absent, as proto3 prints them. */
export function civilDateTime(ms: number, offsetSeconds: number): CivilDateTime {
  const local = new Date(ms + offsetSeconds * SECOND);
  const [hours, minutes, seconds] = [
    local.getUTCHours(),
    local.getUTCMinutes(),
    local.getUTCSeconds(),
  ];
  const nanos = local.getUTCMilliseconds() * 1e6;
  return {
    date: {
      year: local.getUTCFullYear(),
      month: local.getUTCMonth() + 1,
      day: local.getUTCDate(),
    },
    time: {
      ...(hours !== 0 && { hours }),
      ...(minutes !== 0 && { minutes }),
      ...(seconds !== 0 && { seconds }),
      ...(nanos !== 0 && { nanos }),
    },
  };
}

/** Days since 1970-01-01 of a calendar date `YYYY-MM-DD`. */
export function dayNumber(date: string): number {
  const ms = date.length === 10 ? parseCivil(date) : null;
  if (ms === null) throw new Error(`"${date}" is not a calendar date (YYYY-MM-DD).`);
  return ms / DAY;
}

/** The calendar date `YYYY-MM-DD` of a number of days since 1970-01-01. */
export function formatDay(day: number): string {
  return new Date(day * DAY).toISOString().slice(0, 10);
}
