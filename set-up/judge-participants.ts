import type { Enrolled, NewParticipant } from "../sql/enrolment.ts";
import type { Column, ParticipantText, Problem } from "./participant-file.ts";

/** What rows are judged by. */
export type Known = Readonly<{
  study: string;
  sites: readonly string[];
  arms: readonly string[];
  /** The time zones of the rows that the database knows, in its spelling. */
  timeZones: ReadonlySet<string>;
  enrolled: ReadonlyMap<string, Enrolled>;
  /** Today, `YYYY-MM-DD`. */
  today: string;
}>;

export type Judged = Readonly<{
  people: readonly NewParticipant[];
  /** Short ids of rows that say what is known already: fine, and nothing to do. */
  alreadyEnrolled: readonly string[];
  problems: readonly Problem[];
}>;

type Fault = Readonly<{ column: Column; what: string; todo: string }>;

/** The database's own rule for short ids. */
export const SHORT_ID = /^[A-Za-z0-9][A-Za-z0-9-]{0,29}$/;
const DAY_MS = 86_400_000;

/** Judges every row by everything that can be wrong with it. */
export function judgeParticipants(rows: readonly ParticipantText[], known: Known): Judged {
  const firstLine = new Map<string, number>();
  const people: NewParticipant[] = [];
  const alreadyEnrolled: string[] = [];
  const problems: Problem[] = [];
  for (const row of rows) {
    const faults = [...faultsOf(row, known), ...duplicate(row, firstLine)];
    if (!firstLine.has(row.id)) firstLine.set(row.id, row.line);
    problems.push(...faults.map((fault) => ({ line: row.line, ...fault })));
    if (faults.length > 0) continue;
    if (known.enrolled.has(row.id)) alreadyEnrolled.push(row.id);
    else people.push(personOf(row));
  }
  return { people, alreadyEnrolled, problems };
}

function duplicate({ id }: ParticipantText, firstLine: ReadonlyMap<string, number>): Fault[] {
  const line = firstLine.get(id);
  if (line === undefined || id === "") return [];
  return [
    { column: "id", what: `${id} is on line ${line} too`, todo: "take one of the lines out" },
  ];
}

function faultsOf(row: ParticipantText, known: Known): Fault[] {
  const enrolled = known.enrolled.get(row.id);
  return [
    ...idFaults(row),
    ...nullable(zoneFault(row.time_zone, known.timeZones)),
    ...dateFaults(row, known),
    ...placeFaults("site", row, known.sites),
    ...placeFaults("arm", row, known.arms),
    ...stateFaults(row),
    ...(enrolled === undefined ? [] : differences(row, enrolled, known.study)),
  ];
}

function idFaults({ id }: ParticipantText): Fault[] {
  if (SHORT_ID.test(id)) return [];
  const what = id === "" ? "is missing" : `“${id}” is not a short id`;
  const todo = "letters, digits and hyphens, at most 30; never a name or an address";
  return [{ column: "id", what, todo }];
}

function nullable(fault: Fault | null): Fault[] {
  return fault === null ? [] : [fault];
}

/** Postgres, whose `known` this is, Intl and Temporal must all know the zone, and Temporal minds the spelling. */
export function zoneFault(zone: string, known: ReadonlySet<string>): Fault | null {
  const column = "time_zone";
  if (known.has(zone) && isPlace(zone) && isKnownHere(zone)) return null;
  const what = zone === "" ? "is missing" : `“${zone}” is not a time zone`;
  const meant = Intl.supportedValuesOf("timeZone").find(
    (each) => each.toLowerCase() === zone.toLowerCase().replaceAll(" ", "_"),
  );
  const todo = meant ? `write ${meant}` : "write its IANA name, such as Europe/Oslo";
  return { column, what, todo };
}

/** EST or GMT+2 have no summer time and mean no place. */
function isPlace(zone: string): boolean {
  return zone === "UTC" || /^(?!Etc\/|posix\/|right\/)[A-Za-z_]+\//.test(zone);
}

function isKnownHere(zone: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat("en", { timeZone: zone }));
  } catch {
    return false;
  }
}

function dateFaults({ enrolled_on: date }: ParticipantText, { today }: Known): Fault[] {
  const column = "enrolled_on";
  const todo = "write the first local day that counts as YYYY-MM-DD";
  if (date === "") return [{ column, what: "is missing", todo }];
  if (!isDate(date)) return [{ column, what: `“${date}” is not a date`, todo }];
  const days = (Date.parse(date) - Date.parse(today)) / DAY_MS;
  if (days > 366) return [{ column, what: `${date} is over a year ahead`, todo }];
  if (days < -3660) return [{ column, what: `${date} is over ten years ago`, todo }];
  return [];
}

/** A day of the calendar, written as `YYYY-MM-DD`. */
export function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const at = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text);
}

function placeFaults(
  column: "site" | "arm",
  row: ParticipantText,
  names: readonly string[],
): Fault[] {
  const name = row[column];
  if (name === "" || names.includes(name)) return [];
  const there = names.length === 0 ? `has no ${column}s yet` : `has ${names.join(", ")}`;
  const todo = `the study ${there}: correct it, or add the ${column} first`;
  return [{ column, what: `“${name}” is not a known ${column}`, todo }];
}

function stateFaults({ state }: ParticipantText): Fault[] {
  if (["", "invited", "active"].includes(state)) return [];
  return [
    {
      column: "state",
      what: `“${state}” is not a state to begin with`,
      todo: "write invited or active",
    },
  ];
}

/** How the row differs from what the participant was enrolled with; their state may have moved on since. */
function differences(row: ParticipantText, enrolled: Enrolled, study: string): Fault[] {
  if (enrolled.study !== study) {
    const what = `${row.id} is enrolled in study ${enrolled.study}`;
    return [{ column: "id", what, todo: "short ids are unique over all studies: choose another" }];
  }
  const pairs: readonly (readonly [Column, string])[] = [
    ["time_zone", enrolled.timeZone],
    ["enrolled_on", enrolled.enrolledOn],
    ["site", enrolled.site ?? ""],
    ["arm", enrolled.arm ?? ""],
  ];
  return pairs
    .filter(([column, known]) => row[column] !== known)
    .map(([column, known]) => ({
      column,
      what: `${row.id} is enrolled already, with ${known === "" ? "none" : known}`,
      todo: "correct the line or take it out; an import changes nobody who is enrolled",
    }));
}

function personOf(row: ParticipantText): NewParticipant {
  return {
    shortId: row.id,
    timeZone: row.time_zone,
    enrolledOn: row.enrolled_on,
    state: row.state === "active" ? "active" : "invited",
    site: row.site === "" ? null : row.site,
    arm: row.arm === "" ? null : row.arm,
  };
}
