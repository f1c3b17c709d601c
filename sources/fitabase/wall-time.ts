const HOUR_MS = 3_600_000;

/** Rows of one day follow each other by the ten thousand: each date is read once. */
const midnights = new Map<string, number | null>();
const MOST_REMEMBERED = 10_000;

/**
 * Reads `M/D/YYYY` or `M/D/YYYY h:mm:ss AM|PM` as a wall time: what the clock on the wall showed, in milliseconds
 * as if it were UTC. Null where it is neither.
 */
export function parseWallTime(text: string): number | null {
  const space = text.indexOf(" ");
  const midnight = midnightOf(space < 0 ? text : text.slice(0, space));
  if (midnight === null || space < 0) return midnight;
  const clock = parseClock(text.slice(space + 1));
  return clock === null ? null : midnight + clock;
}

/** The calendar date of a wall time, as `YYYY-MM-DD`. */
export const dateOf = (wallMs: number): string => new Date(wallMs).toISOString().slice(0, 10);

function parseClock(text: string): number | null {
  const match = /^(\d{1,2}):(\d{2}):(\d{2}) ([AP])M$/.exec(text);
  if (match === null) return null;
  const hour = Number(match[1]);
  const minute = Number(match[2]);
  const second = Number(match[3]);
  if (hour < 1 || hour > 12 || minute > 59 || second > 59) return null;
  // 12 AM is midnight, 12 PM is noon.
  const afternoon = match[4] === "P" ? 12 : 0;
  return ((hour % 12) + afternoon) * HOUR_MS + minute * 60_000 + second * 1000;
}

function midnightOf(date: string): number | null {
  const known = midnights.get(date);
  if (known !== undefined) return known;
  const midnight = parseDate(date);
  if (midnights.size < MOST_REMEMBERED) midnights.set(date, midnight);
  return midnight;
}

function parseDate(text: string): number | null {
  const match = /^(\d{1,2})\/(\d{1,2})\/(\d{4})$/.exec(text);
  if (match === null) return null;
  const [month = 0, day = 0, year = 0] = match.slice(1).map(Number);
  const date = new Date(Date.UTC(year, month - 1, day));
  // 2/30/2016 would move into March unseen, and year 16 into 1916.
  const exists = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return exists && date.getUTCFullYear() === year ? date.getTime() : null;
}
