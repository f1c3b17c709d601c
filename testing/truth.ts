import assert from "node:assert/strict";
import type pg from "pg";
import { z } from "zod";
import type { Stack } from "./stack.ts";

const Roster = z.array(z.object({ participant: z.string(), enrolledOn: z.string() }));
const Truth = z.object({
  minutes: z.array(z.object({ start: z.string(), mean: z.number() })),
  steps: z.object({ wearable: z.array(z.object({ start: z.string() })) }),
});

/** Who the simulator says takes part. */
export async function rosterOf(stack: Stack): Promise<z.infer<typeof Roster>> {
  return Roster.parse(await (await fetch(`${stack.simulator}/simulator/roster`)).json());
}

/** Minutes the simulator would give a perfect reader now: epoch milliseconds → mean bpm. */
async function truthOf(
  stack: Stack,
  participant: string,
  enrolledOn: string,
): Promise<Map<number, number>> {
  const { minutes } = await askTruth(stack, participant, enrolledOn);
  return new Map(minutes.map(({ start, mean }) => [Date.parse(start), mean]));
}

/** Minutes (epoch milliseconds) with a heart rate or a step from the watch, as a perfect reader has them now. */
export async function wornMinutesOf(
  stack: Stack,
  participant: string,
  enrolledOn: string,
): Promise<number[]> {
  const { minutes, steps } = await askTruth(stack, participant, enrolledOn);
  return [...new Set([...minutes, ...steps.wearable].map(({ start }) => Date.parse(start)))];
}

async function askTruth(stack: Stack, participant: string, enrolledOn: string) {
  const url = new URL(`/simulator/truth/${participant}`, stack.simulator);
  const from = new Date(Date.parse(enrolledOn) - 36 * 3_600_000).toISOString();
  url.search = new URLSearchParams({ from, to: new Date().toISOString() }).toString();
  return Truth.parse(await (await fetch(url)).json());
}

type Stored = Readonly<{ ms: number; value: number }>;

async function storedOf(pool: pg.Pool, participant: string): Promise<Stored[]> {
  const { rows } = await pool.query<Stored>(
    `select (extract(epoch from s.time) * 1000)::bigint as ms, s.value
     from study.sample s join study.participant p on p.id = s.participant_id
     where p.short_id = $1::text and s.series_id = 1 order by s.time`,
    [participant],
  );
  return rows;
}

type Bounds = Readonly<{ starts: number; sync: number }>;

/** From where to where the stored minutes must be complete: enrolment to the sync known when last planned. */
async function boundsOf(pool: pg.Pool, participant: string): Promise<Bounds> {
  const { rows } = await pool.query<{ starts: Date; sync: Date }>(
    `select min(l.starts_at) as starts, min(m.read_sync_at) as sync
     from study.ledger l
     join study.ledger_metric m using (participant_id, day)
     join study.participant p on p.id = l.participant_id
     where p.short_id = $1::text and m.series_id = 1 and m.final_at is null`,
    [participant],
  );
  const [row] = rows;
  assert.ok(row, participant);
  return { starts: row.starts.getTime(), sync: row.sync?.getTime() ?? 0 };
}

/** Compares every participant's stored minutes with the truth and returns how many minutes agreed. */
export async function compareWithTruth(stack: Stack, pool: pg.Pool): Promise<number> {
  let agreed = 0;
  for (const { participant, enrolledOn } of await rosterOf(stack)) {
    const { starts, sync } = await boundsOf(pool, participant);
    const truth = await truthOf(stack, participant, enrolledOn);
    const stored = await storedOf(pool, participant);
    for (const { ms, value } of stored) {
      const mean = truth.get(ms);
      assert.ok(
        mean !== undefined,
        `${participant}: nothing was measured at ${new Date(ms).toISOString()}`,
      );
      // The minute of the sync itself may have been read half-way; it is read again after the next sync.
      if (ms + 60_000 <= sync)
        assert.ok(
          Math.abs(mean - value / 10) <= 0.0501,
          `${participant} ${ms}: ${mean} / ${value}`,
        );
    }
    const kept = new Set(stored.map(({ ms }) => ms));
    const due = [...truth.keys()].filter((ms) => ms >= starts && ms + 60_000 <= sync);
    assert.deepEqual(
      due.filter((ms) => !kept.has(ms)).slice(0, 5),
      [],
      `${participant}: minutes lost`,
    );
    agreed += due.length;
  }
  return agreed;
}
