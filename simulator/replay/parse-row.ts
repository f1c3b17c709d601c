import { DAY, SECOND } from "../time.ts";

/** One row: the person, wall time as seconds (read as if it were UTC), and beats per minute. */
export type Row = Readonly<{ person: string; wallSeconds: number; bpm: number }>;

/** What the API can carry. */
const MAX_BPM = 300;
const HALF_DAY = DAY / 2 / SECOND;

const clockShape = /^(\d{1,2}):(\d{2}):(\d{2}) (AM|PM)$/;

/** Reads `Id,Time,Value`; answers the reason as a text where the line is no such row. */
export function parseRow(line: string): Row | string {
  const columns = line.split(",");
  const [person = "", time = "", value = ""] = columns;
  if (columns.length !== 3) return `${columns.length} columns instead of 3`;
  if (!/^\d{1,20}$/.test(person)) return "the Id is not a number";
  const wallSeconds = parseWallTime(time);
  if (wallSeconds === null) return "the Time is not M/D/YYYY h:mm:ss AM|PM";
  const bpm = /^\d{1,3}$/.test(value) ? Number(value) : 0;
  if (bpm < 1 || bpm > MAX_BPM) return `the Value is not a whole number of 1 … ${MAX_BPM}`;
  return { person, wallSeconds, bpm };
}

function parseWallTime(text: string): number | null {
  const space = text.indexOf(" ");
  const midnight = midnightOf(text.slice(0, space));
  const clock = clockShape.exec(text.slice(space + 1));
  if (midnight === null || clock === null) return null;
  const hour = Number(clock[1]);
  const minute = Number(clock[2]);
  const second = Number(clock[3]);
  if (hour < 1 || hour > 12 || minute > 59 || second > 59) return null;
  // 12 AM is midnight, 12 PM is noon.
  const afternoon = clock[4] === "PM" ? HALF_DAY : 0;
  return midnight + (hour % 12) * 3600 + afternoon + minute * 60 + second;
}

/** Rows of one day follow each other by the ten thousand: each date is read once. */
const midnights = new Map<string, number>();

function midnightOf(date: string): number | null {
  const known = midnights.get(date);
  if (known !== undefined) return known;
  const midnight = parseDate(date);
  if (midnight !== null) midnights.set(date, midnight);
  return midnight;
}

function parseDate(text: string): number | null {
  const match = /^(\d{1,2})\/(\d{1,2})\/(\d{4})$/.exec(text);
  if (match === null) return null;
  const [month = 0, day = 0, year = 0] = match.slice(1).map(Number);
  const date = new Date(Date.UTC(year, month - 1, day));
  // 2/30/2016 would move into March unseen.
  const exists = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return exists ? date.getTime() / SECOND : null;
}
