import { isObject, toNumber } from "./json.ts";

/** A date as Google writes it in requests: numbers, never padded texts. */
export type CivilDate = Readonly<{ year: number; month: number; day: number }>;

/** `YYYY-MM-DD` of Google's `{year, month, day}`; null for anything else, 30 February included. */
export function readCivilDate(value: unknown): string | null {
  if (!isObject(value)) return null;
  const [year, month, day] = [value["year"], value["month"], value["day"]].map(toNumber);
  const date = new Date(0);
  date.setUTCFullYear(year ?? Number.NaN, (month ?? Number.NaN) - 1, day);
  if (Number.isNaN(date.getTime())) return null;
  const isItself =
    date.getUTCFullYear() === year && date.getUTCMonth() + 1 === month && date.getUTCDate() === day;
  return isItself ? date.toISOString().slice(0, 10) : null;
}

/** Google's form of a `YYYY-MM-DD`. */
export function civilDate(day: string): CivilDate {
  const [year, month, date] = day.split("-").map(Number);
  return { year: year ?? 0, month: month ?? 0, day: date ?? 0 };
}

/** Another day of the calendar. */
export function daysAfter(day: string, days: number): string {
  return new Date(Date.parse(day) + days * 86_400_000).toISOString().slice(0, 10);
}
