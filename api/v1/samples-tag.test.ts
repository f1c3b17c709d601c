import assert from "node:assert/strict";
import { before, test } from "node:test";
import { refreshTouchedHours } from "../../sql/aggregates.ts";
import { storeImputation, turnOffImputation } from "../../sql/imputations.ts";
import { findParticipant } from "../../sql/participants.ts";
import { storePage } from "../../sql/samples.ts";
import { settleDays } from "../../sql/settle-days.ts";
import { HEART_RATE } from "../../testing/imputed-person.ts";
import { pageOf } from "../../testing/pages.ts";
import { at, closeDays } from "./filled-for-tests.ts";
import { startApi } from "./site-for-tests.ts";

const { database, researcher, get, samplesOf } = await startApi();
const db = database.app;

/** From half past eleven of the second day to half past midnight. */
const ACROSS = { start: 2880 - 30, length: 60 };
const DAYS = ["2026-11-01", "2026-11-02", "2026-11-03", "2026-11-04"];
let id = 0;

before(async () => {
  id = (await findParticipant(db, "D-UTC"))?.id ?? 0;
  await db.query(
    "delete from study.sample where participant_id = $1::int and series_id = 1 and time >= $2 and time < $3",
    [id, at(ACROSS.start), at(ACROSS.start + ACROSS.length)],
  );
  await database.owner.query(
    "call refresh_continuous_aggregate('study.sample_hour', $1::timestamptz, $2::timestamptz)",
    [at(0), at(4 * 1440)],
  );
  await settleDays(db, id, HEART_RATE, DAYS, null);
  await closeDays(database);
});

/** Fills the gap across midnight as a run of the day it begins in. */
async function fill(bpm: number, hash: string): Promise<void> {
  const path = (value: number) => new Float64Array(ACROSS.length).fill(value);
  const filled = {
    method: "smoother",
    provisional: false,
    withSteps: true,
    mean: path(bpm),
    lower: path(bpm - 10),
    upper: path(bpm + 10),
    passedOver: [],
  } as const;
  await storeImputation(db, {
    participantId: id,
    seriesId: HEART_RATE,
    day: "2026-11-02",
    inputHash: hash.repeat(32),
    codeVersion: "test",
    parameters: {},
    scale: 10,
    madeAt: at(6000),
    gaps: [
      {
        startsAt: at(ACROSS.start),
        endsAt: at(ACROSS.start + ACROSS.length),
        cause: "sensor_dropout",
        seed: "seed",
        expectedSteps: null,
        imputation: { filled },
      },
    ],
    tests: [],
  });
}

const tagOf = async (path: string) => (await get(path)).headers.get("ETag") ?? "";
const statusOf = async (path: string, tag: string) =>
  (await get(path, { ...researcher, "If-None-Match": tag })).status;

test("an answer has another tag once a gap that reaches into its range from the day before is filled otherwise, or not any more", async () => {
  const query =
    "metric=heart_rate&values=analysis&resolution=hour&from=2026-11-03T00:00:00Z&to=2026-11-04T00:00:00Z";
  const path = `/participants/D-UTC/samples?${query}`;
  await fill(70, "cd");
  const first = await tagOf(path);
  assert.equal(await statusOf(path, first), 304);
  const before = (await samplesOf("D-UTC", query)).samples[0]?.value;
  await fill(120, "ce");
  assert.notEqual((await samplesOf("D-UTC", query)).samples[0]?.value, before);
  assert.equal(await statusOf(path, first), 200);
  const second = await tagOf(path);
  await turnOffImputation(db, id, at(6200));
  assert.equal(await statusOf(path, second), 200);
});

test("an answer has no tag while the aggregate lacks something of a bucket that the range touches, also outside the range", async () => {
  const asked = "metric=heart_rate&to=2026-11-04T00:00:00Z";
  const day = `/participants/D-UTC/samples?${asked}&resolution=day&from=2026-11-03T12:00:00Z`;
  const hour = `/participants/D-UTC/samples?${asked}&resolution=hour&from=2026-11-03T00:45:00Z`;
  assert.notEqual(await tagOf(day), "");
  assert.notEqual(await tagOf(hour), "");
  await db.query(
    `insert into study.touched_window (participant_id, series_id, window_from, window_to, origin, touched_at)
     values ($1::int, 1, '2026-11-03 00:10+00', '2026-11-03 00:13+00', 'ingest', now())`,
    [id],
  );
  assert.equal(await tagOf(day), "");
  assert.equal(await tagOf(hour), "");
  await db.query("delete from study.touched_window");
});

test("a day whose bounds have moved has another tag", async () => {
  const path =
    "/participants/D-UTC/samples?metric=heart_rate&resolution=day&from=2026-11-03T00:00:00Z&to=2026-11-04T00:00:00Z";
  const tag = await tagOf(path);
  await db.query(
    `update study.ledger set ends_at = ends_at - interval '1 hour'
     where participant_id = $1::int and day = '2026-11-02'`,
    [id],
  );
  assert.equal(await statusOf(path, tag), 304, "it is another day's bound");
  await db.query(
    `update study.ledger set starts_at = starts_at - interval '1 hour'
     where participant_id = $1::int and day = '2026-11-03'`,
    [id],
  );
  assert.equal(await statusOf(path, tag), 200);
});

test("an hour that a range touches is of two days where days begin at half past, and its tag is of both", async () => {
  const path =
    "/participants/D-KOL/samples?metric=heart_rate&resolution=hour&from=2026-11-01T18:30:00Z&to=2026-11-02T18:30:00Z";
  const tag = await tagOf(path);
  assert.equal(await statusOf(path, tag), 304);
  await db.query(
    `update study.ledger_metric set content_hash = '\\x01' where day = '2026-11-01' and participant_id =
       (select id from study.participant where short_id = 'D-KOL')`,
  );
  assert.equal(await statusOf(path, tag), 200);
});

test("hours and days that lack samples which minutes have say so, page and stream, and nothing else does", async () => {
  const asked = "metric=heart_rate&from=2026-11-03T00:00:00Z&to=2026-11-04T00:00:00Z";
  const behind = async (query: string) => (await samplesOf("D-UTC", query)).aggregate_behind;
  const stream = `/participants/D-UTC/samples?${asked}&resolution=hour&format=csv`;
  const header = async () => {
    const reply = await get(stream);
    await reply.body?.cancel();
    return reply.headers.get("Wearflow-Aggregate-Behind");
  };
  for (const resolution of ["minute", "hour", "day"])
    assert.equal(await behind(`${asked}&resolution=${resolution}`), false);
  assert.equal(await header(), null);
  const late = [at(ACROSS.start + 45).getTime(), at(ACROSS.start + 46).getTime()];
  const owner = { participantId: id, seriesId: HEART_RATE, workflowRunId: "test" };
  await storePage(db, owner, pageOf(late, [2000, 2000]));
  assert.equal((await samplesOf("D-UTC", `${asked}&resolution=minute`)).samples[0]?.max, 200);
  assert.equal(await behind(`${asked}&resolution=minute`), false);
  assert.equal(await behind(`${asked}&resolution=hour`), true);
  assert.equal(await behind(`${asked}&resolution=day`), true);
  assert.equal(await behind(`${asked}&resolution=hour&values=imputed`), false);
  assert.equal(await behind(`${asked.replace("heart_rate", "steps")}&resolution=hour`), false);
  assert.equal(await header(), "true");
  await refreshTouchedHours(database.owner);
  assert.equal(await behind(`${asked}&resolution=hour`), false);
  assert.equal((await samplesOf("D-UTC", `${asked}&resolution=hour`)).samples[0]?.max, 200);
});
