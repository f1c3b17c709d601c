import type { DayState } from "../adherence/day-state.ts";
import { OPEN_STATES } from "../adherence/day-state.ts";
import { CAUSE_WORDS, daySentence, gapSentence } from "../adherence/sentences.ts";
import { validDayLimit } from "../adherence/valid-day.ts";
import type { GapCause } from "../imputation/gap-cause.ts";
import { GAP_CAUSES } from "../imputation/gap-cause.ts";
import type { CalendarDay, GapRow } from "../sql/participant-ledger.ts";
import type { ParticipantStatus } from "../sql/status.ts";
import type { Study } from "../sql/studies.ts";
import { dayInWords, hoursInWords, localMoment } from "./format.ts";
import { studyRules } from "./study-rules.ts";

/** What a day's square shows beside its colour, and its words. */
export const STATE_MARKS: Readonly<Record<DayState, readonly [mark: string, words: string]>> = {
  valid: ["V", "valid"],
  partial: ["P", "partly worn"],
  not_worn: ["0", "not worn"],
  lost: ["L", "lost on the device"],
  unsynced: ["U", "not synced"],
  pending: ["…", "still open"],
  not_authorised: ["N", "no permission"],
  pipeline_fault: ["F", "our fault or the provider's"],
  paused: ["II", "paused"],
  withdrawn: ["W", "withdrawn"],
  before_enrolment: ["–", "before enrolment"],
  after_participation: ["–", "after participation"],
};

export type Square = Readonly<{
  day: string;
  dayOfMonth: string;
  state: DayState | "unknown";
  mark: string;
  title: string;
  href: string;
  current: boolean;
}>;

/** Whole weeks from Monday to Sunday, oldest first, of the days from one to another. */
export function weeksOf(
  days: readonly CalendarDay[],
  {
    from,
    to,
    ...asked
  }: Readonly<{ from: string; to: string; chosen: string; path: string; enrolledOn: string }>,
): readonly (readonly Square[])[] {
  const known = new Map(days.map((day) => [day.day, day]));
  const first = addDays(from, -((weekdayOf(from) + 6) % 7));
  const count = Math.ceil((daysBetween(first, to) + 1) / 7) * 7;
  const squares = Array.from({ length: count }, (_, i) =>
    squareOf(addDays(first, i), known, asked),
  );
  return Array.from({ length: count / 7 }, (_, week) => squares.slice(week * 7, week * 7 + 7));
}

function squareOf(
  day: string,
  known: ReadonlyMap<string, CalendarDay>,
  { chosen, path, enrolledOn }: Readonly<{ chosen: string; path: string; enrolledOn: string }>,
): Square {
  const found = known.get(day);
  const unknown =
    day < enrolledOn ? STATE_MARKS.before_enrolment : (["", "nothing known"] as const);
  const [mark, words] = found ? STATE_MARKS[found.state] : unknown;
  const worn = found ? `, worn ${hoursInWords(found.wearMinutes)}` : "";
  const soFar = found?.validSoFar && OPEN_STATES.includes(found.state) ? ", valid so far" : "";
  return {
    day,
    dayOfMonth: String(Number(day.slice(8))),
    state: found?.state ?? "unknown",
    mark,
    title: `${dayInWords(day, "short")}: ${words}${worn}${soFar}`,
    href: found ? `${path}?day=${day}` : "",
    current: day === chosen,
  };
}

type Whose = Readonly<{
  status: ParticipantStatus;
  studies: readonly Study[];
  now: Date;
}>;

/** A day in a sentence, and what that rests on. */
export function dayTold(day: CalendarDay, { status, studies, now }: Whose) {
  const { timeZone } = status;
  const { validDayMinutes } = studyRules(studies).of(status);
  const settings = studies.find(({ slug }) => slug === status.study)?.settings;
  const { proof } = day;
  // Of the device that held the day: after an exchange another one has synced since.
  const newestAt =
    proof.handedOverTo == null
      ? (status.lastSyncAt ?? status.lastSampleAt)
      : new Date(proof.handedOverTo);
  const keeps = (settings?.deviceMemoryDays ?? 7) * 86_400_000;
  const saveUntil = newestAt === null ? null : new Date(newestAt.getTime() + keeps);
  const words = (at: Date) => localMoment(at, timeZone);
  const told = {
    state: day.state,
    validSoFar: day.validSoFar,
    notReadYet: proof.access === "first_reading",
    refused: proof.finalAt !== null && proof.access === undefined,
    atEdge: day.day === status.enrolledOn || day.day === status.endedOn,
    worn: hoursInWords(day.wearMinutes),
    needed: hoursInWords(validDayLimit(day.expectedMinutes, validDayMinutes)),
    newestAt,
    saveUntil,
  };
  const by = Object.entries(proof.wornBy).filter(([, minutes]) => minutes > 0);
  const missing = GAP_CAUSES.filter((cause) => (proof.missingBy[cause] ?? 0) > 0);
  return {
    day: day.day,
    words: dayInWords(day.day, "long"),
    state: STATE_MARKS[day.state][1],
    sentence: daySentence(told, words, now),
    length: hoursInWords(day.expectedMinutes),
    wornBy: by.map(([what, n]) => `${WORN_BY[what] ?? what} ${n} min`).join(", ") || "nothing",
    missing:
      missing.map((cause) => `${CAUSE_WORDS[cause]} ${proof.missingBy[cause]} min`).join(", ") ||
      "nothing",
    finalAt: proof.finalAt === null ? "not final" : words(new Date(proof.finalAt)),
    readAt: proof.readAt === null ? "not read to its end yet" : words(new Date(proof.readAt)),
    version: day.settingsVersion,
  };
}

const WORN_BY: Readonly<Record<string, string>> = {
  heart_rate: "heart rate",
  steps: "steps",
  sleep: "sleep",
  bridged: "bridged pauses",
};

export type Bar = Readonly<{ x: number; width: number; cause: GapCause; title: string }>;
const LINE_WIDTH = 720;

/** Gaps on a line a day, the newest first; a recovered gap is drawn no more. */
export function timeLines(days: readonly CalendarDay[], gaps: readonly GapRow[]) {
  return days.toReversed().map((day) => {
    const length = day.endsAt.getTime() - day.startsAt.getTime();
    const at = (instant: number) =>
      round(((instant - day.startsAt.getTime()) / length) * LINE_WIDTH);
    const bars = gaps
      .filter(
        ({ startsAt, endsAt, recoveredAt }) =>
          recoveredAt === null && startsAt < day.endsAt && endsAt > day.startsAt,
      )
      .map(({ startsAt, endsAt, cause }): Bar => {
        const x = at(Math.max(startsAt.getTime(), day.startsAt.getTime()));
        const end = at(Math.min(endsAt.getTime(), day.endsAt.getTime()));
        return { x, width: Math.max(1, round(end - x)), cause, title: CAUSE_WORDS[cause] };
      });
    return { day: day.day, words: dayInWords(day.day, "short"), bars };
  });
}

/** Every gap told one by one, the newest first. */
export function gapLines(gaps: readonly GapRow[], timeZone: string, now: Date) {
  return gaps.toReversed().map((gap) => ({
    cause: gap.recoveredAt === null ? CAUSE_WORDS[gap.cause] : "recovered",
    sentence: gapSentence(gap, (at) => localMoment(at, timeZone), now),
  }));
}

const round = (value: number) => Math.round(value * 10) / 10;
const weekdayOf = (day: string) => new Date(`${day}T00:00:00Z`).getUTCDay();
const daysBetween = (from: string, to: string) =>
  Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000);

/** Calendar arithmetic on a date word; no clock and no zone is involved. */
export function addDays(day: string, count: number): string {
  return new Date(Date.parse(day) + count * 86_400_000).toISOString().slice(0, 10);
}
