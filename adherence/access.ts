import type { DayFacts, PersonFacts } from "./facts.ts";
import { LOOK_OVERDUE_HOURS } from "./rules.ts";
import type { Syncs } from "./syncs.ts";
import { HOUR_MS } from "./timeline.ts";

/** Whether a day could be read, or whose doing it is that it could not. */
export type Access = "ok" | "first_reading" | "not_authorised" | "source_outage" | "pipeline_fault";

/**
 * A day that is final was read; of any other: without a grant, or not read again since it came back, it is not authorised.
 * Where minutes of it may be missing: with a refusal nobody believed, a run that could not look, no look for 26 h, or a
 * sync that was not read after, it is the provider's or our own fault. After the first consent of all the past has so long
 * to be read.
 */
export function accessTo(day: DayFacts, person: PersonFacts, syncs: Syncs, nowMs: number): Access {
  if (day.finalMs !== null || !person.asked) return "ok";
  if (lacksGrant(day, person)) return "not_authorised";
  if (isReadWhole(day, person, syncs)) return "ok";
  if (isHeldBack(person)) return "pipeline_fault";
  if (isFirstReading(day, person, nowMs)) return "first_reading";
  const isMissed = lacksLook(person, nowMs) || isBehind(day, person, syncs);
  return isMissed ? faultOf(person) : "ok";
}

/** Whose fault it is that something could not be read. */
export function faultOf({ lastFailure }: PersonFacts): "source_outage" | "pipeline_fault" {
  return lastFailure ?? "pipeline_fault";
}

/** A refusal nobody believed came after our last look. */
function isHeldBack({ heldMs, lookedMs }: PersonFacts): boolean {
  return heldMs !== null && heldMs > (lookedMs ?? 0);
}

/** Nobody knows what devices have handed over since. */
function lacksLook({ lookedMs, couldNotLook }: PersonFacts, nowMs: number): boolean {
  return couldNotLook || lookedMs === null || nowMs - lookedMs > LOOK_OVERDUE_HOURS * HOUR_MS;
}

function lacksGrant({ readMs }: DayFacts, { connection }: PersonFacts): boolean {
  if (connection === null || !connection.usable) return true;
  if (connection.cameBackByReading || connection.isFirst) return false;
  return readMs === null || readMs < connection.sinceMs;
}

/** Nothing of this day has been read yet, no run has failed, and what was consented to a moment ago is still being read. */
function isFirstReading(
  { readMs }: DayFacts,
  { connection, lastFailure, couldNotLook }: PersonFacts,
  nowMs: number,
): boolean {
  if (readMs !== null || connection === null || !connection.isFirst) return false;
  if (lastFailure !== null || couldNotLook) return false;
  return nowMs - connection.sinceMs <= LOOK_OVERDUE_HOURS * HOUR_MS;
}

/** Read after the device had handed over all of it: what it waits for is only the second reading. */
function isReadWhole(
  { readMs, readSyncMs, endMs }: DayFacts,
  { newestSampleMs }: PersonFacts,
  { newest }: Syncs,
): boolean {
  if (readMs === null) return false;
  if (newest !== null) return readSyncMs !== null && readSyncMs >= endMs;
  return newestSampleMs !== null && newestSampleMs >= endMs && readMs >= endMs;
}

/** Whether our last look left out what it should have read of this day. */
function isBehind(day: DayFacts, person: PersonFacts, syncs: Syncs): boolean {
  const lookedMs = person.lookedMs ?? Number.NEGATIVE_INFINITY;
  if (day.startMs >= Math.min(lookedMs, syncs.newest ?? lookedMs)) return false;
  if (day.readMs === null) return true;
  const { devicesSeenMs } = person;
  if (syncs.newest === null) return lookedMs - day.readMs > LOOK_OVERDUE_HOURS * HOUR_MS;
  const underWay = devicesSeenMs !== null && devicesSeenMs > lookedMs;
  return !underWay && syncs.newest !== day.readSyncMs;
}
