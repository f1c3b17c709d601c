const RFC3339 =
  /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(Z|[+-]\d{2}:\d{2})$/;

/**
 * Epoch milliseconds of an RFC 3339 timestamp with zone, floored to the millisecond; null for anything else.
 * Date.parse alone accepts local times, and days that do not exist.
 */
export function parseInstant(text: unknown): number | null {
  if (typeof text !== "string") return null;
  const parts = RFC3339.exec(text);
  if (parts === null) return null;
  const [, year, month, day, , , second, fraction = "", zone] = parts;
  // A leap second belongs to the minute it ends; our clock has no place for it.
  const leap = second === "60";
  const plain = `${text.slice(0, 17)}${leap ? "59" : second}.${fraction.slice(0, 3).padEnd(3, "0")}${zone}`;
  const ms = Date.parse(plain);
  if (Number.isNaN(ms)) return null;
  return isRealDay(Number(year), Number(month), Number(day)) ? ms : null;
}

function isRealDay(year: number, month: number, day: number): boolean {
  return day <= new Date(Date.UTC(year, month, 0)).getUTCDate();
}
