import type { Access } from "./access.ts";
import type { DayFacts, PersonFacts, StateSpan } from "./facts.ts";
import { UNSYNCED_AFTER_HOURS } from "./rules.ts";
import type { Syncs } from "./syncs.ts";
import { HOUR_MS } from "./timeline.ts";

/** Why a day looks as it does, in the order in which they are asked (design §5): the first that holds. */
export const DAY_STATES = [
  "before_enrolment",
  "after_participation",
  "withdrawn",
  "paused",
  "not_authorised",
  "pipeline_fault",
  "valid",
  "lost",
  "partial",
  "not_worn",
  "unsynced",
  "pending",
] as const;
export type DayState = (typeof DAY_STATES)[number];

/** Days in these states may change without anything new of their own: they are judged again by every run. */
export const OPEN_STATES: readonly DayState[] = [
  "not_authorised",
  "pipeline_fault",
  "unsynced",
  "pending",
];

/** What the minutes of a day came to. */
export type DayMinutes = Readonly<{
  worn: number;
  /** Missing because the device forgot them before its first sync. */
  lost: number;
  /** Missing because what the source told of them was refused. */
  refused: number;
  /** Missing and still on a device that has not handed over, although the day is final by another one. */
  held: number;
  /** Of which nothing was expected: before the first sample, after the end, in a pause. */
  outside: number;
}>;

/** How long a day is and how many worn minutes make it valid. */
export type DayLimit = Readonly<{ expectedMinutes: number; validMinutes: number }>;

/** The state of one local day; pure, so that the same facts give the same state whenever it is asked. */
export function dayState(
  day: DayFacts,
  person: PersonFacts,
  {
    access,
    minutes,
    syncs,
    limit,
  }: Readonly<{ access: Access; minutes: DayMinutes; syncs: Syncs; limit: DayLimit }>,
): DayState {
  const isValid = minutes.worn >= limit.validMinutes;
  const isOpen = day.finalMs === null || (minutes.held > 0 && !isValid);
  const outside = outsideParticipation(day, person, isOpen);
  if (outside !== null) return outside;
  if (access === "not_authorised") return "not_authorised";
  if (access === "first_reading") return "pending";
  if (access !== "ok") return "pipeline_fault";
  if (isOpen) return openState(day, person, syncs);
  if (isValid) return "valid";
  return edgeOfParticipation(day, person, minutes, limit) ?? tooLittle(day, minutes);
}

/** A first or last day of which too little lies in participation to be valid says nothing about anybody's wear. */
function edgeOfParticipation(
  { day }: DayFacts,
  { enrolledOn, endedOn }: PersonFacts,
  { outside }: DayMinutes,
  { expectedMinutes, validMinutes }: DayLimit,
): DayState | null {
  if (expectedMinutes - outside >= validMinutes) return null;
  if (day === enrolledOn) return "before_enrolment";
  return day === endedOn ? "after_participation" : null;
}

/**
 * A final day without enough wear. Where values were refused, or steps or sleep could not be read, nobody can say that
 * their minutes were not worn.
 */
function tooLittle({ evidenceUnread }: DayFacts, { refused, lost, worn }: DayMinutes): DayState {
  if (refused > 0 || evidenceUnread) return "pipeline_fault";
  if (lost > 0) return "lost";
  return worn > 0 ? "partial" : "not_worn";
}

/** The state of a day on which nothing was expected, or null. A stretch of a pause makes the whole day a paused one. */
function outsideParticipation(
  day: DayFacts,
  { enrolledOn, endedOn, states }: Pick<PersonFacts, "enrolledOn" | "endedOn" | "states">,
  isOpen: boolean,
): DayState | null {
  const touches = ({ fromMs, untilMs }: StateSpan) => fromMs < day.endMs && untilMs > day.startMs;
  const within = (state: StateSpan["state"]) =>
    states.some((span) => span.state === state && touches(span));
  // What was open when somebody left or paused is not read any more.
  const now = (state: StateSpan["state"]) => states.at(-1)?.state === state && isOpen;
  const invited = states.some(
    ({ state, fromMs, untilMs }) =>
      state === "invited" && fromMs <= day.startMs && untilMs >= day.endMs,
  );
  if (day.day < enrolledOn || invited) return "before_enrolment";
  if (endedOn !== null && day.day > endedOn) return "after_participation";
  if (within("withdrawn") || now("withdrawn")) return "withdrawn";
  if (within("paused") || now("paused")) return "paused";
  return null;
}

/** Unsynced by our last look, never by the time that has passed since. */
function openState(day: DayFacts, { lookedMs }: PersonFacts, syncs: Syncs): DayState {
  const syncedPast = (syncs.handedOverTo(day.endMs - 1) ?? 0) >= day.endMs;
  if (lookedMs === null || syncedPast) return "pending";
  return lookedMs - day.endMs > UNSYNCED_AFTER_HOURS * HOUR_MS ? "unsynced" : "pending";
}
