import { createHash } from "node:crypto";
import type { Content, SampleColumns, Source } from "../sources/source.ts";
import { storeDaysPage } from "../sql/daily-values.ts";
import type { KeptReading } from "../sql/kept-readings.ts";
import {
  daysOf,
  instantsStored,
  markReplayed,
  openReplayed,
  takeKept,
} from "../sql/kept-readings.ts";
import { announceChange } from "../sql/participants.ts";
import type { Queryable } from "../sql/pool.ts";
import { storePage } from "../sql/samples.ts";
import type { Series } from "../sql/series.ts";
import { readSeriesFrom, seriesWithKept } from "../sql/series.ts";
import { storeSessionsPage } from "../sql/sessions.ts";
import { settleSeries } from "../sql/settle-days.ts";

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
  let sum: Replayed = NOTHING;
  const registry = await readSeriesFrom(db, source.name);
  for (const first of await seriesWithKept(db, source.name)) {
    // A piece lies with the first series of its data type and may hold values of the others.
    const series = [
      first,
      ...registry.filter((one) => one.id !== first.id && isReadWith(one, first)),
    ];
    for await (const kept of batches(db, first, study)) {
      for (const readings of Map.groupBy(kept, ({ participantId }) => participantId).values())
        sum = add(sum, await replayReadings(deps, series, readings));
    }
  }
  if (sum.stored > 0) await announceChange(db);
  return sum;
}

const isReadWith = (one: Series, other: Series): boolean =>
  one.dataType === other.dataType &&
  one.family === other.family &&
  one.resolution === other.resolution;

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
  deps: ReplayDeps,
  series: readonly Series[],
  readings: readonly KeptReading[],
): Promise<Replayed> {
  const tried = readings.map((reading) => ({
    ...reading,
    content: deps.source.readKept(series, reading.payload),
  }));
  const fitting = tried.filter(({ content }) => sizeOf(content) > 0);
  const refusedAgain = readings.length - fitting.length;
  const [first] = fitting;
  if (first === undefined) return { ...NOTHING, refusedAgain };
  const ids = series.map(({ id }) => id);
  const stored =
    first.content.holds === "samples"
      ? await storeMissingSamples(deps, ids[0] ?? 0, fitting)
      : await storeMissing(deps, ids, fitting);
  await markReplayed(
    deps.db,
    fitting.map(({ id }) => id),
    deps.clock(),
  );
  return { stored, overtaken: fitting.length - stored, refusedAgain };
}

type Fitting = KeptReading & Readonly<{ content: Content }>;

function sizeOf(content: Content): number {
  if (content.holds === "samples") return content.samples.times.length;
  return content.holds === "days" ? content.days.days.length : content.sessions.length;
}

/** Stores samples whose instant is still empty, all at once; returns how many pieces that was. */
async function storeMissingSamples(
  { db, clock }: ReplayDeps,
  seriesId: number,
  fitting: readonly Fitting[],
): Promise<number> {
  const participantId = fitting[0]?.participantId ?? 0;
  const told = fitting.flatMap(({ content, payload }) => {
    const { times, values } = content.holds === "samples" ? content.samples : NO_SAMPLES;
    return times.map((time, index) => ({ payload, time, value: values[index] ?? 0 }));
  });
  const there = await instantsStored(
    db,
    participantId,
    seriesId,
    told.map(({ time }) => time),
  );
  const missing = told
    .filter(({ time }) => !there.has(time))
    .map((one) => [one.time, one] as const);
  const fresh = [...new Map(missing).values()];
  if (fresh.length === 0) return 0;
  const samples: SampleColumns = {
    times: fresh.map(({ time }) => time),
    values: fresh.map(({ value }) => value),
  };
  const provenance = provenanceOf(fresh.map(({ payload }) => payload).join("\n"), clock());
  const owner = { participantId, seriesId, workflowRunId: RUN };
  await storePage(db, owner, { samples, rejected: [], provenance });
  const days = await daysOf(db, participantId, samples.times);
  await settleReplayed(db, participantId, { seriesIds: [seriesId], days, at: clock() });
  return new Set(fresh.map(({ payload }) => payload)).size;
}

/** Stores values of days and sessions that are not there yet, piece by piece; returns how many of the pieces had any. */
async function storeMissing(
  { db, clock }: ReplayDeps,
  seriesIds: readonly number[],
  fitting: readonly Fitting[],
): Promise<number> {
  let stored = 0;
  for (const { participantId, payload, content } of fitting) {
    const owner = { participantId, seriesIds, seriesId: seriesIds[0] ?? 0, workflowRunId: RUN };
    const notes = { rejected: [], provenance: provenanceOf(payload, clock()) };
    if (content.holds === "samples") continue;
    const { inserted } =
      content.holds === "days"
        ? await storeDaysPage(db, owner, { ...content, ...notes }, true)
        : await storeSessionsPage(db, owner, { ...content, ...notes }, true);
    if (inserted === 0) continue;
    stored += 1;
    const days =
      content.holds === "days"
        ? [...new Set(content.days.days)]
        : await daysOf(
            db,
            participantId,
            content.sessions.map(({ endMs }) => endMs),
          );
    await settleReplayed(db, participantId, { seriesIds, days, at: clock() });
  }
  return stored;
}

async function settleReplayed(
  db: Queryable,
  participantId: number,
  cells: Readonly<{ seriesIds: readonly number[]; days: readonly string[]; at: Date }>,
): Promise<void> {
  await settleSeries(db, participantId, [{ ...cells, reading: null }]);
  await openReplayed(db, participantId, cells);
}

const RUN = "replay of quarantine";
const NO_SAMPLES: SampleColumns = { times: [], values: [] };
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
