import type { DayFacts, PersonFacts } from "./facts.ts";
import { judgeDays } from "./judge-days.ts";
import type { Timeline } from "./timeline.ts";
import { DAY_MS, emptyTimeline, HOUR_MS } from "./timeline.ts";

export const rules = { validDayMinutes: 600, bridgeMinutes: 5, deviceMemoryDays: 7 };
export const START = Date.parse("2026-11-10T00:00:00Z");
export const at = (day: number, hour = 0) => START + day * DAY_MS + hour * HOUR_MS;
export const dayName = (n: number) => new Date(START + n * DAY_MS).toISOString().slice(0, 10);

/** Somebody whose watch synced every hour up to a moment, and whom we looked at then. */
export function person(syncedTo: number, overrides: Partial<PersonFacts> = {}): PersonFacts {
  const hours = Math.floor((syncedTo - START) / HOUR_MS);
  return {
    enrolledOn: "2026-10-01",
    endedOn: null,
    states: [{ state: "active", fromMs: -Infinity, untilMs: Infinity }],
    connection: { usable: true, sinceMs: START - DAY_MS, isFirst: true, cameBackByReading: false },
    asked: true,
    lookedMs: syncedTo + 60_000,
    lastFailure: null,
    couldNotLook: false,
    heldMs: null,
    devicesSeenMs: syncedTo,
    readings: Array.from({ length: hours + 1 }, (_, i) => ({
      device: 1,
      syncMs: i === hours ? syncedTo : START + i * HOUR_MS,
      batteryPercent: Math.round(95 - i / 1.6),
    })),
    toldSyncMs: syncedTo,
    refusedMinutes: new Set(),
    firstSampleMs: START - 30 * DAY_MS,
    newestSampleMs: syncedTo,
    ...overrides,
  };
}

/** `count` days, read at the last look; the first `final` of them final. */
export function daysOf(count: number, final: number, who: PersonFacts): DayFacts[] {
  const synced = who.readings.at(-1)?.syncMs ?? null;
  return Array.from({ length: count }, (_, n) => ({
    day: dayName(n),
    startMs: at(n),
    endMs: at(n + 1),
    finalMs: n < final ? at(n + 1, 8) : null,
    readMs: who.lookedMs,
    readSyncMs: synced,
    evidenceUnread: false,
  }));
}

type Hours = readonly (readonly [from: number, to: number])[];

/** A pulse in every minute up to the sync, but for these hours counted from the start. */
export function wearing(minutes: number, off: Hours): Timeline {
  const timeline = emptyTimeline(START, minutes);
  for (let i = 0; i < minutes; i++)
    if (!off.some(([from, to]) => i >= from * 60 && i < to * 60))
      timeline.heartRate[i] = 60 + (i % 7);
  return timeline;
}

/** Judges three days as of the morning after, all final. */
export function judgeFinal(
  off: Hours,
  overrides: Partial<PersonFacts> = {},
  battery?: (hour: number) => number,
) {
  const now = at(3, 9);
  const base = person(now - HOUR_MS, overrides);
  const who = {
    ...base,
    readings: base.readings.map((each, i) =>
      battery ? { ...each, batteryPercent: battery(i) } : each,
    ),
  };
  return judgeDays(wearing(3 * 1440, off), daysOf(3, 3, who), who, rules, now);
}
