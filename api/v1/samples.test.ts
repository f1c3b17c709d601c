import assert from "node:assert/strict";
import { test } from "node:test";
import type { z } from "zod";
import { createApp } from "../app.ts";
import { ours } from "../set-up-for-tests.ts";
import { closeDays, DAYS, EMPTY, FILLED, FILLED_BPM } from "./filled-for-tests.ts";
import * as schemas from "./schemas.ts";
import { pageOf, RANGE, startApi } from "./site-for-tests.ts";

const { database, researcher, coordinator, get, read, samplesOf } = await startApi();

/** Every item of a list, page by page. */
async function all<Row extends z.ZodType>(path: string, row: Row, limit: number) {
  const found: z.infer<Row>[] = [];
  let [cursor, pages]: [string | null, number] = [null, 0];
  do {
    const query: string = `${path.includes("?") ? "&" : "?"}limit=${limit}${cursor === null ? "" : `&cursor=${cursor}`}`;
    const page: { items: z.infer<Row>[]; next_cursor: string | null } = await read(
      path + query,
      pageOf(row),
    );
    found.push(...page.items);
    cursor = page.next_cursor;
    pages += 1;
  } while (cursor !== null && pages < 100);
  return { found, pages };
}

test("pages follow one another by cursor and together are the whole list, in order, each once", async () => {
  const people = await all("/participants?study=sleep-2", schemas.Person, 5);
  assert.equal(people.found.length, 13);
  assert.ok(people.pages >= 3);
  const ids = people.found.map(({ participant }) => participant);
  assert.deepEqual(ids, [...new Set(ids)].sort());
  const days = await all("/participants/D-UTC/days", schemas.Day, 3);
  assert.deepEqual(
    days.found.map(({ day }) => day),
    ["2026-11-01", "2026-11-02", "2026-11-03", "2026-11-04"],
  );
  const gaps = await all(`/participants/D-UTC/gaps?${RANGE}`, schemas.Gap, 1);
  assert.deepEqual(
    gaps.found.map(({ cause, minutes }) => [cause, minutes]),
    [FILLED, EMPTY].map(({ cause, length }) => [cause, length]),
  );
  const sleep = await all("/participants/D-UTC/sleep?from=2026-11-02", schemas.Sleep, 1);
  assert.deepEqual(
    sleep.found.map(({ day, stages }) => [day, stages.length]),
    [["2026-11-02", 2]],
  );
  const runs = await all("/participants/D-UTC/imputation-runs", schemas.ImputationRun, 1);
  assert.equal(runs.found[0]?.gaps[1]?.refusal, "nothing was worn: the device was off");
  await all("/participants/D-UTC/daily-values?metric=daily_steps", schemas.Daily, 1);
});
test("measured holds no imputed minute, imputed no measured one, and analysis each minute once", async () => {
  const range = "metric=heart_rate&from=2026-11-02T09:00:00Z&to=2026-11-02T12:00:00Z";
  const measured = await samplesOf("D-UTC", range);
  assert.equal(measured.resolution, "minute");
  assert.equal(measured.samples.length, 180 - FILLED.length);
  assert.ok(measured.samples.every(({ imputed, lower }) => imputed === 0 && lower === null));
  const imputed = await samplesOf("D-UTC", `${range}&values=imputed`);
  assert.equal(imputed.samples.length, FILLED.length);
  assert.ok(
    imputed.samples.every(
      ({ value, lower, upper, measured: n, method }) =>
        value === FILLED_BPM && lower === 60 && upper === 85 && n === 0 && method === "smoother",
    ),
  );
  for (const resolution of ["minute", "raw"]) {
    const both = await samplesOf("D-UTC", `${range}&values=analysis&resolution=${resolution}`);
    assert.equal(both.samples.length, 180);
    assert.equal(new Set(both.samples.map(({ time }) => time)).size, 180);
  }
});

test("auto takes the finest buckets that number at most 2,000", async () => {
  const address = (from: string, to: string) =>
    `metric=heart_rate&from=${from}T00:00:00Z&to=${to}T00:00:00Z`;
  const auto = async (from: string, to: string) =>
    (await samplesOf("D-UTC", address(from, to))).resolution;
  assert.equal(await auto("2026-11-01", "2026-11-02"), "minute");
  assert.equal(await auto("2026-11-01", "2026-11-03"), "hour");
  assert.equal(await auto("2026-01-01", "2026-06-01"), "day");
  const tooLong = await get(`/participants/D-UTC/samples?${address("2000-01-01", "2020-01-01")}`);
  assert.equal(tooLong.status, 422);
});

type Sample = z.infer<typeof schemas.Sample>;

/** What a bucket says, against what its minutes say. */
function assertHolds(bucket: Sample, minutes: readonly Sample[], until: number, label: string) {
  const from = Date.parse(bucket.time);
  const held = minutes.filter(({ time }) => Date.parse(time) >= from && Date.parse(time) < until);
  const mean = held.reduce((sum, { value }) => sum + value, 0) / held.length;
  assert.ok(Math.abs(bucket.value - mean) < 1e-9, label);
  assert.equal(bucket.measured + bucket.imputed, held.length, label);
  assert.equal(bucket.max, Math.max(...held.map(({ max }) => max)), label);
}

test("S47: an hour and a local day are the mean of their minutes, also where a day begins at half past", async () => {
  for (const id of ["D-UTC", "D-KOL"]) {
    const ledger = await read(`/participants/${id}/days`, pageOf(schemas.Day));
    const ends = new Map(ledger.items.map((day) => [day.starts_at, Date.parse(day.ends_at)]));
    for (const values of ["measured", "analysis"]) {
      const wide = "from=2026-10-31T18:30:00Z&to=2026-11-05T00:00:00Z&limit=10000";
      const by = async (resolution: string) =>
        (await samplesOf(id, `metric=heart_rate&values=${values}&${wide}&resolution=${resolution}`))
          .samples;
      const [minutes, hours, days] = [await by("minute"), await by("hour"), await by("day")];
      assert.equal(days.length, DAYS);
      // The hour that nothing was worn in is not there.
      assert.equal(hours.length, 24 * DAYS - 1);
      for (const hour of hours)
        assertHolds(hour, minutes, Date.parse(hour.time) + 3_600_000, hour.time);
      for (const day of days)
        assertHolds(day, minutes, ends.get(day.time) ?? 0, `${id} ${day.day}`);
    }
  }
});

test("steps add up: of an hour and of a day the value is the sum", async () => {
  const asked = `metric=steps&${RANGE}`;
  const values = async (resolution: string) =>
    (await samplesOf("D-UTC", `${asked}&resolution=${resolution}`)).samples.map(
      ({ value }) => value,
    );
  assert.deepEqual(await values("raw"), [40, 50, 60, 70]);
  assert.deepEqual(await values("hour"), [150, 70]);
  assert.deepEqual(await values("day"), [150, 70]);
});

const ASKED = `metric=heart_rate&values=analysis&${RANGE}`;

/** Every page's samples of one resolution. */
async function pages(resolution: string, limit: number): Promise<Sample[]> {
  const found: Sample[] = [];
  let cursor = "";
  for (let page = 0; page < 100; page += 1) {
    const query = `${ASKED}&resolution=${resolution}&limit=${limit}${cursor}`;
    const { samples, next_cursor } = await samplesOf("D-UTC", query);
    found.push(...samples);
    if (next_cursor === null) return found;
    cursor = `&cursor=${next_cursor}`;
  }
  throw new Error("the pages do not end");
}

test("S40: pages of samples together are what one answer holds, by every resolution, and CSV and NDJSON too", async () => {
  for (const [resolution, limit] of [
    ["raw", 1000],
    ["minute", 700],
    ["hour", 7],
    ["day", 3],
  ] as const) {
    const whole = await samplesOf("D-UTC", `${ASKED}&resolution=${resolution}&limit=10000`);
    assert.deepEqual(await pages(resolution, limit), whole.samples, resolution);
    const address = `/participants/D-UTC/samples?${ASKED}&resolution=${resolution}`;
    const lines = (await (await get(`${address}&format=ndjson`)).text()).trimEnd().split("\n");
    assert.deepEqual(
      lines.map((line) => schemas.Sample.parse(JSON.parse(line))),
      whole.samples,
    );
    const csv = (await (await get(`${address}&format=csv`)).text()).trimEnd().split("\n");
    assert.equal(csv.length, whole.samples.length + 1);
    assert.equal(csv[0], "time,day,value,min,max,measured,imputed,lower,upper,method,source");
  }
});

test("every day of a study comes as one stream, of a site's coordinator those of their own", async () => {
  const lines = (await (await get("/studies/sleep-2/days?format=ndjson")).text())
    .trimEnd()
    .split("\n");
  const rows = lines.map((line) => schemas.Day.parse(JSON.parse(line)));
  assert.equal(
    new Set(rows.map(({ participant, day }) => `${participant} ${day}`)).size,
    rows.length,
  );
  assert.ok(rows.length > 100);
  const oslo = await (await get("/studies/sleep-2/days", coordinator)).text();
  assert.doesNotMatch(oslo, /S2-0405/);
  assert.match(oslo, /S2-0401/);
});

test("an answer about closed days has a tag and is not sent twice; what may still change has none", async () => {
  const address = `/participants/D-UTC/samples?metric=heart_rate&${RANGE}`;
  assert.equal((await get(address)).headers.get("ETag"), null);
  await closeDays(database);
  const first = await get(address);
  const tag = first.headers.get("ETag") ?? "";
  assert.match(tag, /^W\/"/);
  assert.equal((await samplesOf("D-UTC", `metric=heart_rate&${RANGE}`)).closed, true);
  const again = await get(address, { ...researcher, "If-None-Match": tag });
  assert.equal(again.status, 304);
  assert.equal(await again.text(), "");
  await database.app.query(
    "update study.ledger_metric set content_hash = '\\x01' where day = '2026-11-02' and series_id = 1",
  );
  assert.equal((await get(address, { ...researcher, "If-None-Match": tag })).status, 200);
  await database.app.query(
    `insert into study.touched_window (participant_id, series_id, window_from, window_to, origin, touched_at)
     select id, 1, '2026-11-02', '2026-11-02 01:00', 'ingest', now() from study.participant where short_id = 'D-UTC'`,
  );
  assert.equal((await get(address)).headers.get("ETag"), null);
});

test("draws are given by day, and where there are none the reason is", async () => {
  const draws = await read("/participants/D-UTC/days/2026-11-02/draws?count=3", schemas.Draws);
  assert.deepEqual(draws.gaps[0]?.paths, [
    [70.5, 71],
    [70.5, 71],
    [70.5, 71],
  ]);
  const none = await get("/participants/D-UTC/days/2026-11-03/draws");
  assert.equal(none.status, 409);
  assert.match(schemas.Problem.parse(await none.json()).detail, /Nothing was imputed/);
});

test("what would have to be started and is away is said so, and is not the database", async () => {
  const db = database.app;
  const away = {
    start: () => Promise.reject(new Error("away")),
    draws: () => Promise.reject(new Error("away")),
  };
  const app = createApp({
    db,
    clock: () => new Date(),
    temporalUiUrl: null,
    temporalNamespace: "wearflow",
    embedded: true,
    demo: true,
    imputation: away,
    log: { info() {}, warn() {}, error() {} },
  });
  for (const path of ["imputation?since=2026-11-02", "fetch"]) {
    const reply = await app.request(`/api/v1/participants/D-UTC/${path}`, {
      method: "POST",
      headers: ours,
    });
    assert.equal(reply.status, 503, path);
    assert.equal(schemas.Problem.parse(await reply.json()).title, "Nothing was done");
  }
  const { rows } = await db.query(
    "select from audit.entry where action in ('imputation.start', 'participant.fetch')",
  );
  assert.deepEqual(rows, []);
});
