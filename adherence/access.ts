import type { DayFacts, PersonFacts } from "./facts.ts";
import { LOOK_OVERDUE_HOURS } from "./rules.ts";
import type { Syncs } from "./syncs.ts";
import { HOUR_MS } from "./timeline.ts";

/** Whether a day could be read, or whose doing it is that it could not. */
export type Access = "ok" | "not_authorised" | "source_outage" | "pipeline_fault";

/**
 * A day that is final was read; of any other: without a grant, or not read again since it came back, it is not authorised;
 * with a refusal nobody believed, without a look for 26 h, or with a sync that was not read after, it is the provider's or
 * our own fault.
 */
export function accessTo(day: DayFacts, person: PersonFacts, syncs: Syncs, nowMs: number): Access {
  if (day.finalMs !== null || !person.asked) return "ok";
  if (lacksGrant(day, person)) return "not_authorised";
  const { heldMs, lookedMs, lastFailure } = person;
  if (heldMs !== null && heldMs > (lookedMs ?? 0)) return "pipeline_fault";
  const overdue = lookedMs === null || nowMs - lookedMs > LOOK_OVERDUE_HOURS * HOUR_MS;
  if (overdue || isBehind(day, person, syncs, lookedMs)) return lastFailure ?? "pipeline_fault";
  return "ok";
}

function lacksGrant({ readMs }: DayFacts, { connection, lookedMs }: PersonFacts): boolean {
  if (connection === null || !connection.usable) return true;
  if (connection.cameBackByReading) return false;
  if (connection.isFirst) return lookedMs === null && readMs === null;
  return readMs === null || readMs < connection.sinceMs;
}

/** Whether our last look left out what it should have read of this day. */
function isBehind(day: DayFacts, person: PersonFacts, syncs: Syncs, lookedMs: number): boolean {
  if (day.startMs >= lookedMs) return false;
  if (day.readMs === null) return true;
  const { devicesSeenMs } = person;
  if (syncs.newest === null) return lookedMs - day.readMs > LOOK_OVERDUE_HOURS * HOUR_MS;
  const underWay = devicesSeenMs !== null && devicesSeenMs > lookedMs;
  return !underWay && syncs.newest !== day.readSyncMs;
}
