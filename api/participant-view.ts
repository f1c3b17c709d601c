import { OPEN_STATES } from "../adherence/day-state.ts";
import type { ParticipantDay, ParticipantStatus } from "../sql/status.ts";
import type { ConnectionMeaning } from "./connection-words.ts";
import { connectionMeaning } from "./connection-words.ts";
import { dayInWords, hoursAndMinutes, localClock, unusualLength } from "./format.ts";
import type { Rules } from "./study-rules.ts";
import type { Chip, MomentOrReason } from "./words.ts";
import {
  batteryWords,
  chipsOf,
  clocksOf,
  connectionChip,
  outcomeChip,
  stateWords,
} from "./words.ts";

export type DayView = Readonly<{
  day: string;
  words: string;
  span: string;
  length: string;
  worn: string;
  received: string;
  steps: string;
  lastSample: string;
  final: boolean;
  standing: string;
}>;

export type ParticipantView = Readonly<{
  participant: string;
  study: string;
  place: string;
  chips: readonly Chip[];
  state: string;
  timeZone: string;
  enrolled: string;
  connection: Chip;
  connectionReason: string;
  /** What stops, what goes on and who must act; null where nothing stops. */
  meaning: ConnectionMeaning | null;
  sync: MomentOrReason;
  sample: MomentOrReason;
  fetch: MomentOrReason;
  batteryAt: MomentOrReason;
  battery: string;
  outcome: Chip;
  outcomeDetail: string;
  days: readonly DayView[];
}>;

/** Everything a participant's page shows, from the rows of the database. */
export function participantView(
  status: ParticipantStatus,
  days: readonly ParticipantDay[],
  { now, rules }: Readonly<{ now: Date; rules: Rules }>,
): ParticipantView {
  const { sync, sample, fetch, battery } = clocksOf(status, now);
  return {
    participant: status.participant,
    study: status.study,
    place: placeOf(status),
    chips: chipsOf(status, now, rules),
    state: stateWords[status.state],
    timeZone: status.timeZone,
    enrolled: enrolledWords(status),
    connection: connectionChip(status.connection),
    connectionReason:
      status.connectionReason ?? "no source has been connected for this participant",
    meaning: meaningOf(status),
    sync,
    sample,
    fetch,
    batteryAt: battery,
    battery: batteryWords(status, battery.reason),
    outcome: outcomeChip(status.lastOutcome),
    outcomeDetail: status.lastDetail ?? "no run has ended yet",
    days: days.map((day) => dayView(day, status, now)),
  };
}

function meaningOf({ connection, state }: ParticipantStatus): ConnectionMeaning | null {
  return connection === "active" && state === "active"
    ? null
    : connectionMeaning(connection, state);
}

function placeOf({ site, arm }: ParticipantStatus): string {
  return `${site === null ? "no site" : `site ${site}`}, ${arm === null ? "no arm" : `arm ${arm}`}`;
}

function enrolledWords({ enrolledOn, endedOn }: ParticipantStatus): string {
  const since = `from ${dayInWords(enrolledOn, "long")}`;
  return endedOn === null
    ? `${since}, still taking part`
    : `${since} to ${dayInWords(endedOn, "long")}`;
}

function dayView(day: ParticipantDay, status: ParticipantStatus, now: Date): DayView {
  const { timeZone } = status;
  const { expectedMinutes, heartRateMinutes, lastSampleAt } = day;
  return {
    day: day.day,
    words: dayInWords(day.day, "long"),
    span: `${localClock(day.startsAt, timeZone)}–${endClock(day.endsAt, timeZone)}`,
    length: unusualLength(expectedMinutes) ?? "",
    worn: soFar(day, day.wearMinutes, hoursAndMinutes),
    received:
      heartRateMinutes === null ? "not read yet" : `${heartRateMinutes} of ${expectedMinutes}`,
    steps:
      day.steps === null
        ? "not read yet"
        : soFar(day, day.steps, (steps) => steps.toLocaleString("en-US")),
    lastSample: lastSampleAt === null ? noSample(day) : localClock(lastSampleAt, timeZone),
    final: isSettled(day),
    standing: standingOf(day, status, now),
  };
}

/** Read twice alike, and nothing of it lies on another device or waits for a reading. */
function isSettled({ final, state }: ParticipantDay): boolean {
  return final && !OPEN_STATES.includes(state);
}

/** Nothing is a zero only of a final day: an open one may still wait for all there is. */
function soFar(day: ParticipantDay, value: number, inWords: (value: number) => string) {
  return value === 0 && !isSettled(day) ? "none yet" : inWords(value);
}

/** The end of a day reads 24:00 where its last instant is the next midnight. */
function endClock(endsAt: Date, timeZone: string): string {
  const clock = localClock(endsAt, timeZone);
  return clock === "00:00" ? "24:00" : clock;
}

function noSample({ readAt }: ParticipantDay): string {
  return readAt === null ? "not read yet" : "no sample";
}

/** Whether the day is final, and if not, the one thing it waits for next. */
export function standingOf(day: ParticipantDay, status: ParticipantStatus, now: Date): string {
  if (status.endedOn !== null && day.day > status.endedOn) return "After participation";
  if (!day.final) return openStanding(day, status, now);
  if (isSettled(day)) return "Final";
  return day.state === "pipeline_fault"
    ? "Open: waits for what could not be read or taken over"
    : "Open: waits for the device that was exchanged to sync";
}

function openStanding(day: ParticipantDay, status: ParticipantStatus, now: Date): string {
  const { connection, lastSyncAt, lastSampleAt } = status;
  if (day.endsAt > now) return "Open: the day is not over";
  if (connection !== "active" && connection !== "scope_missing") {
    return "Open: cannot be read until the participant connects again";
  }
  if (day.readAt === null) return "Open: has not been read to its end yet";
  if (lastSyncAt !== null && lastSyncAt < day.endsAt) {
    return "Open: waits for the device to sync past the end of the day";
  }
  if (lastSyncAt === null && (lastSampleAt === null || lastSampleAt < day.endsAt)) {
    return "Open: waits for a sample from after the end of the day (no device tells when it synced)";
  }
  return "Open: waits for a second identical reading, at least 6 h after the first";
}
