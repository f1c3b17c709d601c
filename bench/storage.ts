import { fileURLToPath } from "node:url";
import type pg from "pg";
import type { PersonRecording } from "../simulator/replay/recording.ts";
import { readRecording } from "../simulator/replay/recording.ts";
import { testDatabase } from "../testing/database.ts";

/**
 * npm run bench:storage -- [FOLDER]: bytes a sample after compression on the real recordings, by minute and by every
 * sample, with what the chunk interval and the segmenting cost or gain. A chunk has a fixed cost of some pages, which
 * five people cannot carry: so the recordings are also stored as a study of 200 (each person 40 times under other
 * ids). Segments are compressed by participant, so a copy gains nothing from the original.
 */
const STUDY_COPIES = { minute: 40, sample: 8 } as const;
const folder =
  process.argv[2] ?? fileURLToPath(new URL("../../shared/data/fitabase", import.meta.url));

type Rows = Readonly<{ participant: number; times: number[]; values: number[] }>;
type Layout = Readonly<{ chunk: string; segmentBy: string }>;

const layouts: readonly Layout[] = [
  { chunk: "1 day", segmentBy: "participant_id, series_id" },
  { chunk: "7 days", segmentBy: "participant_id, series_id" },
  { chunk: "30 days", segmentBy: "participant_id, series_id" },
  { chunk: "1 day", segmentBy: "series_id" },
];

const { people } = await readRecording(folder);
const database = await testDatabase();
const found: Record<string, number> = {};
/** Of the product's own layout, as a study. */
const study: Record<string, number> = {};
try {
  await database.owner.query("create schema bench");
  for (const [resolution, rows] of [
    ["minute", people.map(minutesOf)],
    ["sample", people.map(samplesOf)],
  ] as const) {
    for (const layout of layouts) {
      // Every sample under all layouts would tell nothing the minutes do not, and takes long.
      if (resolution === "sample" && layout !== layouts[0]) continue;
      for (const copies of [1, STUDY_COPIES[resolution]]) {
        const bytes = await measure(database.owner, layout, rows, copies);
        const name = `${resolution}, ${5 * copies} people, chunks of ${layout.chunk} by ${layout.segmentBy}`;
        const compressed = Math.round(bytes.compressed * 100) / 100;
        console.log(
          `${name}: ${compressed} bytes a row, ${bytes.plain.toFixed(1)} before, ${bytes.count} rows`,
        );
        found[name] = compressed;
        if (layout === layouts[0]) study[resolution] = compressed;
      }
    }
  }
  console.log(
    JSON.stringify({
      bytes_per_minute_sample: study["minute"],
      bytes_per_second_sample: study["sample"],
      by_layout: found,
    }),
  );
} finally {
  await database.stop();
}

function minutesOf({ wallSeconds, bpm }: PersonRecording, participant: number): Rows {
  const minutes = new Map<number, { sum: number; n: number }>();
  for (let index = 0; index < wallSeconds.length; index += 1) {
    const minute = Math.floor((wallSeconds[index] ?? 0) / 60) * 60_000;
    const entry = minutes.get(minute) ?? { sum: 0, n: 0 };
    entry.sum += bpm[index] ?? 0;
    entry.n += 1;
    minutes.set(minute, entry);
  }
  const values = [...minutes.values()].map(({ sum, n }) => Math.round((sum / n) * 10));
  return { participant, times: [...minutes.keys()], values };
}

function samplesOf({ wallSeconds, bpm }: PersonRecording, participant: number): Rows {
  const distinct = new Map<number, number>();
  for (let index = 0; index < wallSeconds.length; index += 1) {
    distinct.set((wallSeconds[index] ?? 0) * 1000, (bpm[index] ?? 0) * 10);
  }
  return { participant, times: [...distinct.keys()], values: [...distinct.values()] };
}

/** Bytes a row over heap, indexes and toast, before and after compression, of one layout. */
async function measure(
  owner: pg.Pool,
  { chunk, segmentBy }: Layout,
  people: readonly Rows[],
  copies: number,
) {
  await owner.query(
    `create table bench.sample (participant_id int not null, series_id smallint not null,
       time timestamptz not null, value int not null, primary key (participant_id, series_id, time))`,
  );
  await owner.query(
    "select create_hypertable('bench.sample', by_range('time', $1::interval), create_default_indexes => false)",
    [chunk],
  );
  await owner.query(
    `alter table bench.sample set (timescaledb.compress, timescaledb.compress_segmentby = '${segmentBy}',
       timescaledb.compress_orderby = '${segmentBy.includes("participant") ? "time" : "participant_id, time"}')`,
  );
  let count = 0;
  for (const { participant, times, values } of people) {
    for (let from = 0; from < times.length; from += 10_000) {
      await owner.query(
        `insert into bench.sample select $1::int, 1, timestamptz 'epoch' + ms * interval '1 ms', value
         from unnest($2::float8[], $3::int[]) as page (ms, value)`,
        [participant, times.slice(from, from + 10_000), values.slice(from, from + 10_000)],
      );
    }
    count += times.length;
  }
  await owner.query(
    `insert into bench.sample select participant_id + 1000 * copy, series_id, time, value
     from bench.sample cross join generate_series(1, $1::int) copy`,
    [copies - 1],
  );
  count *= copies;
  await owner.query("select compress_chunk(c) from show_chunks('bench.sample') c");
  const { rows } = await owner.query<{ before: number; after: number }>(
    `select before_compression_total_bytes as before, after_compression_total_bytes as after
     from hypertable_compression_stats('bench.sample')`,
  );
  await owner.query("drop table bench.sample");
  const [row] = rows;
  return {
    count,
    plain: (row?.before ?? Number.NaN) / count,
    compressed: (row?.after ?? Number.NaN) / count,
  };
}
