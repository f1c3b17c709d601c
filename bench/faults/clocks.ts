import type { IngestWorld } from "../../testing/ingest-world.ts";
import { ingestWorld } from "../../testing/ingest-world.ts";
import { runOnce } from "../../testing/run-once.ts";
import type { FaultTest } from "./finding.ts";
import { figureOf } from "./finding.ts";

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** Days on which clocks change, with the minutes they have. */
const CHANGES = [
  { story: "flat heart rate", day: "2026-03-29", minutes: 1380 },
  { story: "flat heart rate", day: "2026-10-25", minutes: 1500 },
  { story: "spring and autumn on Lord Howe", day: "2026-10-04", minutes: 1410 },
  { story: "spring and autumn on Lord Howe", day: "2026-04-05", minutes: 1470 },
  { story: "a day without midnight", day: "2026-09-06", minutes: 1380 },
] as const;

/** T14: days that are not 24 hours, and people who travel. */
export const changingClocks: FaultTest<null> = {
  id: "T14",
  promise:
    "days of 23, 25, 23.5 and 24.5 hours, one without midnight, and travellers: wear counts real minutes, never more than the day has, none twice",
  async run() {
    const days: Look[] = [];
    for (const change of CHANGES) days.push(await onChange(change));
    const minutes = days.map(({ expected }) => expected).join("/");
    const west = await onJourney("traveller west");
    const all = [...days, west, await onJourney("traveller over the date line")];
    const sum = (of: (one: (typeof all)[number]) => number) =>
      all.reduce((total, one) => total + of(one), 0);
    const [tooLong, missing, doubled] = [
      sum((one) => one.tooLong),
      sum((one) => one.missing),
      sum((one) => one.countedTwiceOrNever),
    ];
    return {
      passed:
        minutes === CHANGES.map((change) => change.minutes).join("/") &&
        tooLong + missing + doubled === 0,
      figure: figureOf({
        minutes,
        days_looked_at: sum((one) => one.days),
        worn_longer_than_the_day: tooLong,
        missing,
        counted_twice_or_never: doubled,
      }),
    };
  },
};

/** What was found of one person: see lookAt. */
type Look = Awaited<ReturnType<typeof lookAt>> & Readonly<{ expected: number }>;

async function onChange({ story, day }: (typeof CHANGES)[number]): Promise<Look> {
  const at = Date.parse(day);
  const epoch = dayOf(at - 6 * DAY_MS);
  const firstNow = dayOf(at + 3 * DAY_MS);
  const world = await ingestWorld({
    epoch,
    firstNow: `${firstNow}T12:00:00Z`,
    participants: 0,
    stories: [story],
  });
  try {
    const participant = await world.connectPerson(0);
    await runOnce(world, participant);
    return { ...(await lookAt(world, participant)), expected: await expectedOf(world, day) };
  } finally {
    await world.stop();
  }
}

/** A traveller whose coordinator enters each zone when it is known. */
async function onJourney(story: string): Promise<Look> {
  const world = await ingestWorld({ participants: 0, stories: [story] });
  try {
    const participant = await world.connectPerson(0);
    const { simulator } = world.upstream;
    const now = world.deps.clock();
    const { events } = simulator.truth(participant, new Date(now.getTime() - 30 * DAY_MS), now);
    for (const { at, timeZone } of events) {
      if (timeZone === undefined) continue;
      await world.database.app.query(
        `insert into study.participant_zone (participant_id, from_at, time_zone)
         select id, $2::timestamptz, $3::text from study.participant where short_id = $1::text`,
        [participant, at, timeZone],
      );
    }
    await runOnce(world, participant);
    return { ...(await lookAt(world, participant)), expected: 0 };
  } finally {
    await world.stop();
  }
}

async function expectedOf({ database }: IngestWorld, day: string): Promise<number> {
  const { rows } = await database.app.query<{ minutes: number }>(
    "select expected_minutes as minutes from study.ledger where day = $1::date",
    [day],
  );
  return rows[0]?.minutes ?? 0;
}

/** What ledger and samples say of everything that was read of the only person of a world. */
async function lookAt(world: IngestWorld, participant: string) {
  const { rows } = await world.database.app.query<{ days: number; long: number; received: number }>(
    `select count(*)::int as days,
       count(*) filter (where l.wear_minutes > l.expected_minutes
         or l.expected_minutes * interval '1 minute' <> l.ends_at - l.starts_at)::int as long,
       sum(m.received_minutes)::int as received
     from study.ledger l join study.ledger_metric m using (participant_id, day) where m.series_id = 1`,
  );
  const truth = await world.truth(participant);
  const stored = await world.stored(participant);
  return {
    days: rows[0]?.days ?? 0,
    tooLong: rows[0]?.long ?? 0,
    missing: [...truth.keys()].filter((ms) => !stored.has(ms)).length,
    countedTwiceOrNever: Math.abs((rows[0]?.received ?? 0) - stored.size),
  };
}

/** T31: clocks that do not agree. */
export const skewedClocks: FaultTest<null> = {
  id: "T31",
  promise:
    "clocks ten minutes apart, and ours jumping back in mid-run: nothing twice, nothing lost, no day closed before its last minute arrived",
  async run() {
    const early = await closedTooEarly();
    const jumps = await jumpingBack();
    return {
      passed: early.late > 0 && early.missing === 0 && jumps.duplicate === 0 && jumps.missing === 0,
      figure: figureOf({
        minutes_that_came_after_a_skewed_sync: early.late,
        of_them_missing: early.missing,
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

const dayOf = (ms: number) => new Date(ms).toISOString().slice(0, 10);
