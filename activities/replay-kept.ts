import { createHash } from "node:crypto";
import type { SampleColumns, Source } from "../sources/source.ts";
import type { KeptReading } from "../sql/kept-readings.ts";
import { daysOf, instantsStored, markReplayed, takeKept } from "../sql/kept-readings.ts";
import { settleDays } from "../sql/ledger.ts";
import { announceChange } from "../sql/participants.ts";
import type { Queryable } from "../sql/pool.ts";
import { storePage } from "../sql/samples.ts";
import type { Series } from "../sql/series.ts";
import { seriesWithKept } from "../sql/series.ts";

/** What came of trying refused readings again. */
export type Replayed = Readonly<{
  stored: number;
  /** A newer reading of the same instant is there: nothing was changed. */
  overtaken: number;
  refusedAgain: number;
}>;

type ReplayDeps = Readonly<{
  db: Queryable;
  source: Pick<Source, "name" | "readKept">;
  clock: () => Date;
}>;

const AT_ONCE = 1000;

/**
 * Reads what lies in quarantine again, by today's rules: single readings that fit now are stored where their instant
 * is still empty, and the ledger's counts follow. Running it again changes nothing.
 */
export async function replayKept(deps: ReplayDeps, study: string | null): Promise<Replayed> {
  const { db, source } = deps;
  let sum: Replayed = { stored: 0, overtaken: 0, refusedAgain: 0 };
  for (const series of await seriesWithKept(db, source.name)) {
    for await (const kept of batches(db, series, study)) {
      for (const readings of Map.groupBy(kept, ({ participantId }) => participantId).values())
        sum = add(sum, await replayReadings(deps, series, readings));
    }
  }
  if (sum.stored > 0) await announceChange(db);
  return sum;
}

async function* batches(db: Queryable, series: Series, study: string | null) {
  let after: number | undefined = 0;
  while (after !== undefined) {
    const kept: KeptReading[] = await takeKept(db, series.id, { study, after, limit: AT_ONCE });
    yield kept;
    after = kept.length < AT_ONCE ? undefined : kept.at(-1)?.id;
  }
}

const add = (a: Replayed, b: Replayed): Replayed => ({
  stored: a.stored + b.stored,
  overtaken: a.overtaken + b.overtaken,
  refusedAgain: a.refusedAgain + b.refusedAgain,
});

async function replayReadings(
  { db, source, clock }: ReplayDeps,
  series: Series,
  readings: readonly KeptReading[],
): Promise<Replayed> {
  const [first] = readings;
  const fitting = readings.flatMap(({ id, payload }) => {
    const { times, values } = source.readKept(series, payload);
    return times.map((time, index) => ({ id, payload, time, value: values[index] ?? 0 }));
  });
  const refusedAgain = readings.length - fitting.length;
  if (first === undefined || fitting.length === 0) return { ...NOTHING, refusedAgain };
  const { participantId } = first;
  const times = fitting.map(({ time }) => time);
  const there = await instantsStored(db, participantId, series.id, times);
  const fresh = [
    ...new Map(
      fitting.filter(({ time }) => !there.has(time)).map((one) => [one.time, one]),
    ).values(),
  ];
  const samples: SampleColumns = {
    times: fresh.map(({ time }) => time),
    values: fresh.map(({ value }) => value),
  };
  const at = clock();
  if (fresh.length > 0) {
    const owner = { participantId, seriesId: series.id, workflowRunId: "replay of quarantine" };
    const provenance = provenanceOf(fresh.map(({ payload }) => payload).join("\n"), at);
    await storePage(db, owner, { samples, rejected: [], provenance });
    const days = await daysOf(db, participantId, samples.times);
    await settleDays(db, participantId, series.id, days, null);
  }
  await markReplayed(
    db,
    fitting.map(({ id }) => id),
    at,
  );
  return { stored: fresh.length, overtaken: fitting.length - fresh.length, refusedAgain };
}

const NOTHING: Replayed = { stored: 0, overtaken: 0, refusedAgain: 0 };

function provenanceOf(text: string, fetchedAt: Date) {
  return {
    method: "FILE",
    url: "quarantine",
    requestedWindow: null,
    fetchedAt,
    status: 0,
    sha256: createHash("sha256").update(text).digest("hex"),
    bytes: Buffer.byteLength(text),
    durationMs: 0,
  } as const;
}
