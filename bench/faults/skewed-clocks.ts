import { createIngestActivities } from "../../activities/ingest.ts";
import type { IngestWorld } from "../../testing/ingest-world.ts";
import { ingestWorld } from "../../testing/ingest-world.ts";
import { persist } from "../../testing/persist.ts";
import { runOnce } from "../../testing/run-once.ts";
import type { FaultTest } from "./finding.ts";
import { figureOf } from "./finding.ts";

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const TOLD_SECONDS = 30;
const JITTER_SECONDS = 15;

/** T31: clocks that do not agree. */
export const skewedClocks: FaultTest<null> = {
  id: "T31",
  promise:
    "clocks ten minutes apart, and ours jumping back in mid-run: nothing twice, nothing lost, no day closed before its last minute arrived",
  async run() {
    const early = await closedTooEarly();
    const jumps = await jumpingBack();
    const waits = await waitsBySkewedClocks();
    return {
      passed:
        early.late > 0 &&
        early.missing + jumps.duplicate + jumps.missing === 0 &&
        waits.every((wait) => wait >= TOLD_SECONDS && wait <= TOLD_SECONDS + JITTER_SECONDS),
      figure: figureOf({
        minutes_that_came_after_a_skewed_sync: early.late,
        of_them_missing: early.missing,
        waits_told_by_skewed_clocks_s: waits.join(" and "),
        jumps_back: jumps.jumps,
        duplicate: jumps.duplicate,
        missing: jumps.missing,
      }),
    };
  },
};

/**
 * A watch synced in the last ten minutes of a day and not again for two; the server's clock, ten minutes ahead, says
 * that it synced after the day's end. What was measured in between comes with the next sync, and the day must be open.
 */
async function closedTooEarly() {
  const world = await ingestWorld({ participants: 4 });
  try {
    const { simulator } = world.upstream;
    const late = simulator.roster[3]?.participant ?? "";
    const { sync, next } = findSync(world, late);
    const midnight = Math.ceil(sync / HOUR_MS) * HOUR_MS;
    const participant = await connectInZoneOf(world, 3, midnight);
    for (const [at, minutes] of [
      [sync + 15 * MINUTE_MS, 10],
      [sync + 15 * MINUTE_MS + 7 * HOUR_MS, 10],
      [next + HOUR_MS, 0],
    ] as const) {
      world.setNow(new Date(at).toISOString());
      if (minutes > 0)
        world.fault({ kind: "clockSkew", minutes, path: "pairedDevices", participant });
      await runOnce(world, participant);
    }
    const truth = [...(await world.truth(participant)).keys()];
    const stored = await world.stored(participant);
    const inBetween = truth.filter((ms) => ms > sync && ms < midnight);
    return {
      late: inBetween.length,
      missing: truth.filter((ms) => ms < next && !stored.has(ms)).length,
    };
  } finally {
    await world.stop();
  }
}

/** A sync in the last ten minutes of an hour, with worn minutes after it, and the one that follows it. */
function findSync(world: IngestWorld, participant: string) {
  const now = world.deps.clock();
  const { simulator } = world.upstream;
  const from = new Date(now.getTime() - 26 * DAY_MS);
  const { events, measured } = simulator.truth(participant, from, now);
  const worn = new Set(measured.map(({ start }) => Date.parse(start)));
  const syncs = events.filter(({ kind }) => kind === "synced").map(({ at }) => Date.parse(at));
  for (const [index, sync] of syncs.entries()) {
    const next = syncs[index + 1];
    const midnight = Math.ceil(sync / HOUR_MS) * HOUR_MS;
    const isLate = midnight - sync < 10 * MINUTE_MS && worn.has(midnight - MINUTE_MS);
    if (next !== undefined && isLate) return { sync, next };
  }
  throw new Error("Nobody syncs in the last ten minutes of an hour: choose another seed");
}

/** Enrols so that an instant is midnight of theirs. */
async function connectInZoneOf(
  world: IngestWorld,
  index: number,
  midnight: number,
): Promise<string> {
  const hour = new Date(midnight).getUTCHours();
  const zone = hour <= 12 ? `Etc/GMT+${hour}` : `Etc/GMT-${24 - hour}`;
  const participant = await world.connectPerson(index);
  await world.database.app.query("update study.participant_zone set time_zone = $1::text", [zone]);
  return participant;
}

/** A wait until a date, told by a clock ten minutes ahead and by one ten minutes behind. */
async function waitsBySkewedClocks(): Promise<number[]> {
  const world = await ingestWorld({ participants: 1 });
  try {
    const participant = await world.connectPerson(0);
    const { planIngest } = createIngestActivities(world.deps);
    const waits: number[] = [];
    for (const minutes of [10, -10]) {
      world.fault({
        kind: "rateLimit",
        retryAfter: "httpDate",
        seconds: TOLD_SECONDS,
        minutes,
        path: "pairedDevices",
        participant,
      });
      const scheduledAt = world.deps.clock().toISOString();
      const { failures } = await persist(planIngest, { participant, scheduledAt });
      waits.push(Math.floor(Number(failures[0]?.nextRetryDelay) / 1000));
    }
    return waits;
  } finally {
    await world.stop();
  }
}

/** Our own clock goes back by ten minutes after planning, and again after reading. */
async function jumpingBack() {
  const world = await ingestWorld({ participants: 3 });
  try {
    let duplicate = 0;
    let missing = 0;
    for (const index of [0, 1, 2]) {
      world.setNow("2026-11-24T12:00:20Z");
      const participant = await world.connectPerson(index);
      await runOnce(world, participant, {
        afterPlan: () => world.setNow("2026-11-24T11:50:20Z"),
        afterReading: () => world.setNow("2026-11-24T11:40:20Z"),
      });
      world.setNow("2026-11-24T18:10:20Z");
      await runOnce(world, participant);
      const truth = await world.truth(participant);
      const stored = await world.stored(participant);
      duplicate += [...stored.keys()].filter((ms) => !truth.has(ms)).length;
      missing += [...truth.keys()].filter((ms) => !stored.has(ms)).length;
    }
    return { jumps: 6, duplicate, missing };
  } finally {
    await world.stop();
  }
}
