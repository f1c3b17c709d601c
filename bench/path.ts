import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type pg from "pg";
import { z } from "zod";
import { startChild } from "../embedded/child.ts";
import { createGoogleHealth } from "../sources/google-health/google-health.ts";
import type { Page, ReadingSpan, Resolution, SampleColumns, Source } from "../sources/source.ts";
import { instantArray, intArray } from "../sql/binary-arrays.ts";
import { only } from "../sql/pool.ts";
import { storePage } from "../sql/samples.ts";
import type { Series } from "../sql/series.ts";
import { readAnalysisSeries } from "../sql/series.ts";
import { ingestWorld } from "../testing/ingest-world.ts";
import { enrol } from "../testing/people.ts";
import { profiled, sharesByPlace } from "./cpu-profile.ts";
import { quantile } from "./process-cost.ts";

/**
 * npm run bench:path: what share of the raw upsert rate the whole path reaches, from the body of an HTTP answer over
 * validated columns to stored rows. Raw is the same rows as arrays made beforehand, sent page by page over one
 * connection. Both are done in turn in the same run, for heart rate by the minute and of every sample; then the path
 * does the same again, which must rewrite no row. The profile says where the path's own process spent its time.
 *   npm run bench:path -- --people 8 --days 7 --rounds 3
 */
const Options = z.object({
  people: z.coerce.number().int().min(1).max(24).default(8),
  days: z.coerce.number().int().min(1).max(14).default(7),
  rounds: z.coerce.number().int().min(1).default(3),
});
const text = { type: "string" } as const;
const { people, days, rounds } = Options.parse(
  parseArgs({ options: { people: text, days: text, rounds: text } }).values,
);
const AT_ONCE = 4;
const DAY_MS = 86_400_000;
const SHOWN_PLACES = 12;
const UPSERT = `
  insert into study.sample (participant_id, series_id, time, value)
  select $1::int, $2::smallint, time, value from unnest($3::timestamptz[], $4::int[]) as page (time, value)
  on conflict (participant_id, series_id, time) do update set value = excluded.value
  where sample.value is distinct from excluded.value`;

/** A page as the database takes it, and how many rows it is. */
type RawPage = Readonly<{ times: Buffer; values: Buffer; rows: number }>;
type Rates = Readonly<Record<"raw" | "path" | "again", number[]>>;

const world = await ingestWorld({ participants: people });
const keeper = await startChild({
  entry: fileURLToPath(new URL("path-server.ts", import.meta.url)),
  args: [world.upstream.url],
  what: "The server of kept answers",
});
const { port } = z.object({ port: z.number().int() }).parse(keeper.ready);
const source = createGoogleHealth({
  baseUrl: `http://127.0.0.1:${port}`,
  clock: world.deps.clock,
  minimumGapMs: 0,
});
const { app } = world.database;
let enrolled = 0;
try {
  const tokens = await connectAll();
  const minutes = await measure("minute", tokens);
  const samples = await measure("sample", tokens);
  console.log(
    JSON.stringify({
      share_minutes: minutes.share,
      share_samples: samples.share,
      updated_again: minutes.updatedAgain + samples.updatedAgain,
      rows_per_s: minutes.rowsPerSecond,
      samples_per_s: samples.rowsPerSecond,
    }),
  );
} finally {
  await keeper.stop();
  await world.stop();
}

async function connectAll(): Promise<string[]> {
  const tokens: string[] = [];
  for (let index = 0; index < people; index += 1) {
    const shortId = await world.connectPerson(index);
    const { rows } = await app.query<{ id: number }>(
      "select id from study.participant where short_id = $1::text",
      [shortId],
    );
    const { id } = only(rows, shortId);
    tokens.push(await world.deps.grants.withAccessToken(id, async (token) => token));
  }
  return tokens;
}

async function measure(resolution: Resolution, tokens: readonly string[]) {
  const series = await seriesOf(resolution);
  const pages = await Promise.all(tokens.map((token) => pagesOf(source, series, token)));
  const total = pages.flat().reduce((sum, { rows }) => sum + rows, 0);
  const rates: Rates = { raw: [], path: [], again: [] };
  let updatedAgain = 0;
  const rate = async (work: () => Promise<unknown>) => {
    const began = performance.now();
    await work();
    return (total / (performance.now() - began)) * 1000;
  };
  for (let round = 0; round < rounds; round += 1) {
    const own = await strangers();
    rates.raw.push(await rate(() => upsertRaw(series, own, pages)));
    const ours = await strangers();
    const read = () => readAll(series, ours, tokens);
    if (round === rounds - 1) {
      const { result, profile } = await profiled(() => rate(read));
      rates.path.push(result);
      showProfile(resolution, sharesByPlace(profile));
    } else rates.path.push(await rate(read));
    const before = await rowVersions(ours);
    const again = async () => {
      updatedAgain += await read();
    };
    rates.again.push(await rate(again));
    if ((await rowVersions(ours)) !== before) throw new Error("The same again rewrote rows");
  }
  const median = (of: readonly number[]) => Math.round(quantile(of, 0.5));
  const [raw, path, again] = [median(rates.raw), median(rates.path), median(rates.again)];
  console.log(
    `${resolution}: ${total} rows a round; rows/s raw ${raw}, path ${path}, again ${again}`,
  );
  return { share: Math.round((path / raw) * 1000) / 1000, updatedAgain, rowsPerSecond: path };
}

async function seriesOf(resolution: Resolution): Promise<Series> {
  const byMinute = await readAnalysisSeries(app, "heart_rate", source.name);
  const { rows } = await app.query<{ id: number }>(
    `select s.id from study.series s join study.metric m on m.id = s.metric_id
     where m.name = 'heart_rate' and s.source = $1::text and s.resolution = $2::text`,
    [source.name, resolution],
  );
  return { ...byMinute, resolution, id: only(rows, `heart rate by ${resolution}`).id };
}

/** Reads once, so that the answers are kept, and makes the arrays of every page. */
async function pagesOf(from: Source, series: Series, token: string): Promise<RawPage[]> {
  const pages: RawPage[] = [];
  for await (const page of from.fetchPages([series], span(), token)) {
    const { times, values } = samplesOf(page);
    pages.push({ times: instantArray(times), values: intArray(values), rows: times.length });
  }
  return pages;
}

function samplesOf(page: Page): SampleColumns {
  if (page.holds !== "samples") throw new Error("A page of heart rate holds samples");
  return page.samples;
}

/** Whole days, so that windows are aligned. */
function span(): ReadingSpan {
  const to = Math.floor(world.deps.clock().getTime() / DAY_MS) * DAY_MS;
  return { from: new Date(to - days * DAY_MS), to: new Date(to), days: [] };
}

/** New participants to store under, of whom nothing is there yet. */
async function strangers(): Promise<number[]> {
  const ids: number[] = [];
  for (let n = 0; n < people; n += 1) {
    enrolled += 1;
    ids.push(await enrol(app, `bench-${enrolled}`));
  }
  return ids;
}

async function upsertRaw(
  { id: seriesId }: Series,
  ids: readonly number[],
  pages: readonly (readonly RawPage[])[],
): Promise<void> {
  const client: pg.PoolClient = await app.connect();
  try {
    for (const [index, own] of pages.entries())
      for (const { times, values } of own)
        await client.query(UPSERT, [ids[index], seriesId, times, values]);
  } finally {
    client.release();
  }
}

/** Reads and stores everybody, a few at a time; answers how many values changed. */
async function readAll(
  series: Series,
  ids: readonly number[],
  tokens: readonly string[],
): Promise<number> {
  let updated = 0;
  const left = [...ids.entries()];
  const reader = async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      const [index, participantId] = next;
      const owner = { participantId, seriesId: series.id, workflowRunId: "bench" };
      for await (const page of source.fetchPages([series], span(), tokens[index] ?? ""))
        updated += (await storePage(app, owner, { ...page, samples: samplesOf(page) })).updated;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, reader));
  return updated;
}

/** Which version of each row is there, as one text: any row written again changes it. */
async function rowVersions(ids: readonly number[]): Promise<string> {
  const { rows } = await world.database.owner.query<{ versions: string }>(
    `select md5(string_agg(ctid::text || xmin::text, ',' order by participant_id, time)) as versions
     from study.sample where participant_id = any ($1::int[])`,
    [ids],
  );
  return only(rows, "row versions").versions;
}

function showProfile(resolution: Resolution, shares: readonly (readonly [string, number])[]): void {
  console.log(`profile of the first load by ${resolution}, share of the process' time:`);
  for (const [place, share] of shares.slice(0, SHOWN_PLACES))
    console.log(`  ${(share * 100).toFixed(1).padStart(5)} %  ${place}`);
}
