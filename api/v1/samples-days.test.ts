import assert from "node:assert/strict";
import { test } from "node:test";
import type { z } from "zod";
import { refreshTouchedHours } from "../../sql/aggregates.ts";
import { storeImputation } from "../../sql/imputations.ts";
import { storePage } from "../../sql/samples.ts";
import { settleDays } from "../../sql/settle-days.ts";
import { HEART_RATE } from "../../testing/imputed-person.ts";
import { pageOf as samplePage } from "../../testing/pages.ts";
import { enrol } from "../../testing/people.ts";
import * as schemas from "./schemas.ts";
import { pageOf, startApi } from "./site-for-tests.ts";

const { database, read, samplesOf } = await startApi();
const db = database.app;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const ALL_STEPS = 1001;

/** A value a minute of a series. */
async function store(
  participantId: number,
  seriesId: number,
  { from, minutes, value }: Readonly<{ from: number; minutes: number; value: number }>,
): Promise<void> {
  const times = Array.from({ length: minutes }, (_, i) => from + i * MINUTE_MS);
  const owner = { participantId, seriesId, workflowRunId: "test" };
  const values = times.map(() => value);
  await storePage(db, owner, samplePage(times, values));
}

/** Fills minutes of a day. */
async function fill(
  participantId: number,
  day: string,
  { from, minutes, bpm }: Readonly<{ from: number; minutes: number; bpm: number }>,
): Promise<void> {
  const path = (value: number) => new Float64Array(minutes).fill(value);
  const filled = {
    method: "smoother",
    provisional: false,
    withSteps: true,
    mean: path(bpm),
    lower: path(bpm - 10),
    upper: path(bpm + 10),
    passedOver: [],
  } as const;
  const gap = {
    startsAt: new Date(from),
    endsAt: new Date(from + minutes * MINUTE_MS),
    cause: "sensor_dropout",
    seed: "seed",
    expectedSteps: null,
    imputation: { filled },
  } as const;
  await storeImputation(db, {
    participantId,
    seriesId: HEART_RATE,
    day,
    inputHash: "ab".repeat(32),
    codeVersion: "test",
    parameters: {},
    scale: 10,
    madeAt: new Date(from),
    gaps: [gap],
    tests: [],
  });
}

const iso = (ms: number) => new Date(ms).toISOString();

test("a local day is whole for a traveller too, of 30 hours or 47, whichever of its ends a range touches", async () => {
  const flown = Date.parse("2026-11-20T09:00:00Z");
  for (const [id, from, to] of [
    ["T-WEST", "Europe/Oslo", "America/New_York"],
    ["T-DATE", "Pacific/Auckland", "Pacific/Honolulu"],
  ] as const) {
    const person = await enrol(db, id, { enrolledOn: "2026-11-18", timeZone: from });
    await db.query(
      "insert into study.participant_zone (participant_id, from_at, time_zone) values ($1, $2, $3)",
      [person, new Date(flown), to],
    );
    const before = { from: flown - 45 * HOUR_MS, minutes: 44 * 60 };
    const after = { from: flown, minutes: 72 * 60 };
    for (const [series, low, high] of [
      [HEART_RATE, 600, 900],
      [ALL_STEPS, 10, 20],
    ] as const) {
      await store(person, series, { ...before, value: low });
      await store(person, series, { ...after, value: high });
      await settleDays(db, person, series, ["2026-11-19", "2026-11-20", "2026-11-21"], null);
    }
    await fill(person, "2026-11-20", { from: flown - HOUR_MS, minutes: 60, bpm: 75 });
    await refreshTouchedHours(database.owner);
    const days = await read(`/participants/${id}/days`, pageOf(schemas.Day));
    const day = days.items.find(({ expected_minutes }) => expected_minutes > 26 * 60);
    assert.ok(day);
    const [starts, ends] = [Date.parse(day.starts_at), Date.parse(day.ends_at)];
    for (const metric of ["heart_rate&values=analysis", "heart_rate", "steps"]) {
      const held = async (
        first: number,
        last: number,
      ): Promise<z.infer<typeof schemas.Sample> | undefined> => {
        const range = `from=${iso(first)}&to=${iso(last)}&resolution=day`;
        const { samples } = await samplesOf(id, `metric=${metric}&${range}`);
        return samples.find((each) => each.day === day.day);
      };
      const whole = await held(starts, ends);
      const gone = metric.includes("analysis") ? 0 : 60;
      assert.equal((whole?.measured ?? 0) + (whole?.imputed ?? 0), day.expected_minutes - gone);
      assert.deepEqual(
        await held(ends - HOUR_MS / 2, ends + HOUR_MS),
        whole,
        `${id} ${metric} end`,
      );
      assert.deepEqual(
        await held(starts - HOUR_MS, starts + HOUR_MS / 2),
        whole,
        `${id} ${metric}`,
      );
    }
  }
});

test("the mean of measured and imputed minutes is the mean of minutes on a day of 25 hours, too", async () => {
  const starts = Date.parse("2026-10-24T22:00:00Z");
  const person = await enrol(db, "T-25", { enrolledOn: "2026-10-20", timeZone: "Europe/Oslo" });
  await store(person, HEART_RATE, { from: starts, minutes: 1320, value: 600 });
  await settleDays(db, person, HEART_RATE, ["2026-10-25"], null);
  const gap = { from: starts + 1320 * MINUTE_MS, minutes: 180, bpm: 120 };
  await fill(person, "2026-10-25", gap);
  await refreshTouchedHours(database.owner);
  const range = `from=${iso(starts)}&to=${iso(starts + 25 * HOUR_MS)}`;
  const asked = `metric=heart_rate&values=analysis&resolution=day&${range}`;
  const [day] = (await samplesOf("T-25", asked)).samples;
  assert.deepEqual([day?.value, day?.measured, day?.imputed], [67.2, 1320, 180]);
});

test("several samples a minute weigh their minutes in a day's mean, also where others are missing", async () => {
  const starts = Date.parse("2026-11-02T08:00:00Z");
  const person = await enrol(db, "T-5S", { enrolledOn: "2026-11-01", timeZone: "UTC" });
  const times = Array.from({ length: 12 * 60 }, (_, i) => starts + i * 5000);
  const owner = { participantId: person, seriesId: HEART_RATE, workflowRunId: "test" };
  await storePage(db, owner, samplePage(times, Array(times.length).fill(600)));
  await settleDays(db, person, HEART_RATE, ["2026-11-02"], null);
  await fill(person, "2026-11-02", { from: starts + HOUR_MS, minutes: 20, bpm: 120 });
  await refreshTouchedHours(database.owner);
  const asked =
    "metric=heart_rate&values=analysis&from=2026-11-02T00:00:00Z&to=2026-11-03T00:00:00Z";
  const [day] = (await samplesOf("T-5S", `${asked}&resolution=day`)).samples;
  assert.deepEqual([day?.value, day?.measured, day?.imputed], [75, 720, 20]);
});
