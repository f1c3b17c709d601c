import type { IngestWorld } from "../../testing/ingest-world.ts";
import { ingestWorld } from "../../testing/ingest-world.ts";
import { runOnce } from "../../testing/run-once.ts";
import type { FaultTest } from "./finding.ts";
import { figureOf } from "./finding.ts";

const DAY_MS = 86_400_000;

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
    await readAll(world, participant);
    return { ...(await lookAt(world, participant)), expected: 0 };
  } finally {
    await world.stop();
  }
}

/** A run reads so many days of the past and leaves the rest to the next. */
async function readAll(world: IngestWorld, participant: string): Promise<void> {
  for (let before = -1, now = 0; now > before; ) {
    await runOnce(world, participant);
    before = now;
    now = (await world.stored(participant)).size;
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

const dayOf = (ms: number) => new Date(ms).toISOString().slice(0, 10);
