import { FETCH_OVERDUE_HOURS } from "../sql/runs.ts";
import type { ParticipantStatus } from "../sql/status.ts";
import { hoursSinceLocalDay } from "./format.ts";
import type { Rules } from "./study-rules.ts";

/** What asks for somebody's attention, most urgent first. */
export const FLAGS = ["no_sync", "connection", "incomplete"] as const;
export type Flag = (typeof FLAGS)[number];

type Facts = Pick<
  ParticipantStatus,
  | "state"
  | "connection"
  | "lastSyncAt"
  | "lastSampleAt"
  | "enrolledOn"
  | "timeZone"
  | "lastFetchedAt"
  | "lastOutcome"
>;

/**
 * The flags of one participant; only an active one has any. The one definition for tiles, filters, chips and
 * order, until the view reporting.participant_flag (a later issue) defines them for pages and Grafana alike.
 */
export function flagsOf(facts: Facts, now: Date, rules: Rules): readonly Flag[] {
  if (facts.state !== "active") return [];
  return FLAGS.filter((flag) => holds[flag](facts, now, rules));
}

const holds: Readonly<Record<Flag, (facts: Facts, now: Date, rules: Rules) => boolean>> = {
  no_sync: (facts, _now, rules) => lacksSync(facts, rules),
  connection: ({ connection }) => connection !== "active",
  incomplete: (facts, now) => leftSomethingOut(facts) || fetchIsOverdue(facts, now),
};

/** Whether the last run was anything but complete; a broken connection already has its own flag. */
function leftSomethingOut({ lastOutcome, connection }: Facts): boolean {
  if (lastOutcome === "not_authorised") return connection === "active";
  return lastOutcome !== "complete";
}

/** Whether no run has ended within a day's schedule: our fault, never the participant's. */
export function fetchIsOverdue({ lastFetchedAt }: Facts, now: Date): boolean {
  return lastFetchedAt === null || hoursBetween(lastFetchedAt, now) > FETCH_OVERDUE_HOURS;
}

/**
 * No sync for the hours the study allows: by the last device sync, else the newest sample, else the enrolment. It is judged as of our
 * last look at the provider: while we cannot look (no permission, no run), nobody is said to have stopped syncing.
 */
function lacksSync(facts: Facts, { inactiveHours }: Rules): boolean {
  const { lastFetchedAt, lastOutcome, lastSyncAt, lastSampleAt, enrolledOn, timeZone } = facts;
  const looked = lastOutcome === "complete" || lastOutcome === "partial";
  if (lastFetchedAt === null || !looked) return false;
  const newest = lastSyncAt ?? lastSampleAt;
  const hours =
    newest === null
      ? hoursSinceLocalDay(enrolledOn, lastFetchedAt, timeZone)
      : hoursBetween(newest, lastFetchedAt);
  return hours > inactiveHours;
}

function hoursBetween(from: Date, to: Date): number {
  return (to.getTime() - from.getTime()) / 3_600_000;
}
