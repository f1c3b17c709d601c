import type { DeviceClock } from "./device-clock.ts";
import type { Row, Unreadable } from "./parse-row.ts";
import type { Found } from "./read-values.ts";
import { conflicting } from "./read-values.ts";

export type SleepStage = "asleep" | "restless" | "awake";

/** A stretch of one stage; both instants in epoch milliseconds, half-open. */
export type StageStretch<Stage extends string = SleepStage> = Readonly<{
  startMs: number;
  endMs: number;
  stage: Stage;
}>;

/** The minutes of a night: start of each (epoch milliseconds, mostly at half a minute) and its stage. */
export type NightMinutes<Stage extends string = SleepStage> = Map<number, Stage>;

const MINUTE_MS = 60_000;
const logId = /^[\w-]{1,60}$/;
const STAGES: Readonly<Record<number, SleepStage>> = { 1: "asleep", 2: "restless", 3: "awake" };

/** The nights in these rows, by log id. */
export function readNights(
  rows: readonly Row[],
  clock: DeviceClock,
): Found<Map<string, NightMinutes>> {
  const kept = new Map<string, NightMinutes>();
  const unreadable: Unreadable[] = [];
  for (const row of rows) {
    const instant = clock(row.wallMs);
    const stage = STAGES[row.values[0] ?? 0];
    if (stage === undefined || !logId.test(row.key)) {
      unreadable.push(noStage(row));
      continue;
    }
    const night = kept.get(row.key) ?? new Map<number, SleepStage>();
    kept.set(row.key, night);
    const before = night.get(instant);
    if (before !== undefined && before !== stage) unreadable.push(conflicting(row));
    else night.set(instant, stage);
  }
  return { kept, readings: rows.length, zeros: 0, unreadable };
}

const noStage = (row: Row): Unreadable => ({
  line: row.line,
  person: row.person,
  reason: "unknown_type",
  detail: "the value is not 1, 2 or 3, or there is no logId that could be one",
  text: row.text,
});

/** A night taken apart into its minutes again. */
export function toMinutes<Stage extends string>(
  stretches: readonly StageStretch<Stage>[],
): NightMinutes<Stage> {
  const minutes: NightMinutes<Stage> = new Map();
  for (const { startMs, endMs, stage } of stretches) {
    for (let at = startMs; at < endMs; at += MINUTE_MS) minutes.set(at, stage);
  }
  return minutes;
}

/** Minutes as stretches of one stage, in order of time. A missing minute ends a stretch. */
export function toStretches<Stage extends string>(
  minutes: NightMinutes<Stage>,
): StageStretch<Stage>[] {
  const stretches: StageStretch<Stage>[] = [];
  const ordered = [...minutes].sort(([one], [other]) => one - other);
  for (const [startMs, stage] of ordered) {
    const last = stretches.at(-1);
    const endMs = startMs + MINUTE_MS;
    if (last?.stage === stage && last.endMs === startMs) {
      stretches[stretches.length - 1] = { ...last, endMs };
    } else stretches.push({ startMs, endMs, stage });
  }
  return stretches;
}

/**
 * What a night gains from another telling of it: minutes it did not have and, unless it was told the same before,
 * minutes whose stage changed.
 */
export function joinNights<Stage extends string>(
  stored: NightMinutes<Stage>,
  told: NightMinutes<Stage>,
  toldBefore: boolean,
): Readonly<{ minutes: NightMinutes<Stage>; inserted: number; updated: number }> {
  const minutes = new Map(stored);
  let inserted = 0;
  let updated = 0;
  for (const [at, stage] of told) {
    const before = stored.get(at);
    if (before === stage || (before !== undefined && toldBefore)) continue;
    if (before === undefined) inserted += 1;
    else updated += 1;
    minutes.set(at, stage);
  }
  return { minutes, inserted, updated };
}
