import type { Interval } from "../intervals.ts";
import { firstWhere, overlapping } from "../intervals.ts";
import type { Exercise, SessionSeries, Sleep, SleepStage } from "../participant.ts";
import { createRandom, mix } from "../random.ts";
import { MINUTE } from "../time.ts";
import type { Life } from "./life.ts";

/** A watch takes less than this for no sleep. */
const SHORTEST_SLEEP = 60 * MINUTE;

type Phase = readonly [SleepStage["type"], number, number];

/** One cycle of a night: a stage, and its least and most minutes. */
const CYCLE: readonly Phase[] = [
  ["LIGHT", 15, 35],
  ["DEEP", 10, 30],
  ["LIGHT", 10, 25],
  ["REM", 8, 26],
  ["AWAKE", 1, 5],
];

/** The sleeps that the watch saw, as it was worn: one that was taken off in between is two. */
export function createSleeps(
  key: number,
  lifeUntil: (until: number) => Life,
): SessionSeries<Sleep> {
  return known(lifeUntil, (life, range) =>
    overlapping(life.asleep, range.from, range.to).flatMap((night) => {
      const pieces = worn(life, night).filter(({ from, to }) => to - from >= SHORTEST_SLEEP);
      const longest = Math.max(...pieces.map(({ from, to }) => to - from));
      return pieces.map((piece) => ({
        ...piece,
        id: idOf(key, 61, piece.from),
        main: piece === pieces.find(({ from, to }) => to - from === longest),
        stages: stagesOf(key, piece),
      }));
    }),
  );
}

/** The exercises that were done with the watch on from beginning to end. */
export function createExercises(
  key: number,
  lifeUntil: (until: number) => Life,
): SessionSeries<Exercise> {
  return known(lifeUntil, (life, range) =>
    overlapping(life.bouts, range.from, range.to).flatMap(({ activity, ...bout }) => {
      const [piece] = worn(life, bout);
      const wholly = piece !== undefined && piece.to - piece.from >= bout.to - bout.from - MINUTE;
      if (activity !== "exercise" || !wholly) return [];
      return [{ ...piece, id: idOf(key, 62, piece.from), type: "CARDIO_WORKOUT" }];
    }),
  );
}

/** Those that end within a range and were synced by now, with the sync that brought them. */
function known<Session extends Interval>(
  lifeUntil: (until: number) => Life,
  plan: (life: Life, range: Interval) => Session[],
): SessionSeries<Session & Readonly<{ syncedAt: number }>> {
  return ({ from, to }, now) => {
    const life = lifeUntil(now);
    // One that ends at the very beginning of the range is among them.
    return plan(life, { from: from - 1, to: Math.min(to, now) }).flatMap((session) => {
      const { syncs } = life;
      const syncedAt = syncs[firstWhere(syncs.length, (i) => (syncs[i] ?? 0) >= session.to)];
      const told = syncedAt !== undefined && syncedAt <= now;
      return told && session.to >= from && session.to < to ? [{ ...session, syncedAt }] : [];
    });
  };
}

/** The full minutes of a stretch that the watch kept. */
function worn({ kept }: Life, { from, to }: Interval): Interval[] {
  return overlapping(kept, from, to).map((stretch) => ({
    from: Math.ceil(Math.max(from, stretch.from) / MINUTE) * MINUTE,
    to: Math.floor(Math.min(to, stretch.to) / MINUTE) * MINUTE,
  }));
}

function stagesOf(key: number, { from, to }: Interval): SleepStage[] {
  const random = createRandom(mix(mix(key, 63), from / MINUTE));
  const stages: SleepStage[] = [];
  for (let at = from, i = 0; at < to; i++) {
    const [type, least, most] = CYCLE[i % CYCLE.length] ?? ["LIGHT", 5, 5];
    const end = Math.min(to, at + Math.round(least + random() * (most - least)) * MINUTE);
    stages.push({ from: at, to: end, type });
    at = end;
  }
  return stages;
}

function idOf(key: number, purpose: number, from: number): string {
  return `${3_000_000_000 + mix(mix(key, purpose), from / MINUTE)}`;
}
