import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import type { TestClient } from "../test-client.ts";
import { clientOf, noon, simulate } from "../test-client.ts";
import { DAY, MINUTE } from "../time.ts";

const from = new Date(noon.getTime() - 6 * DAY);
const filter = `steps.interval.start_time >= "${from.toISOString()}"`;
const WEARABLES = "users/me/dataSourceFamilies/google-wearables";
const rollUp = (windowSize: string, dataSourceFamily?: string) => ({
  range: { startTime: from.toISOString(), endTime: noon.toISOString() },
  windowSize,
  pageSize: 5000,
  ...(dataSourceFamily !== undefined && { dataSourceFamily }),
});

const Listed = z.object({
  steps: z.object({
    interval: z.looseObject({ startTime: z.string(), endTime: z.string() }),
    count: z.string().regex(/^[1-9]\d*$/),
  }),
});
const RolledUp = z.object({
  startTime: z.string(),
  steps: z.object({ countSum: z.string().regex(/^[1-9]\d*$/) }),
});

type Pages = Awaited<ReturnType<TestClient["list"]>>;
const minute = (start: string, count: string) => ({
  start: new Date(start).toISOString(),
  count: Number(count),
});
const listed = (pages: Pages) =>
  pages
    .flatMap(({ dataPoints = [] }) => dataPoints)
    .map((point) => Listed.parse(point).steps)
    .map(({ interval, count }) => minute(interval.startTime, count))
    .reverse();
const rolledUp = (pages: Pages) =>
  pages
    .flatMap(({ rollupDataPoints = [] }) => rollupDataPoints)
    .map((point) => RolledUp.parse(point))
    .map(({ startTime, steps }) => minute(startTime, steps.countSum))
    .reverse();
const known = (minutes: readonly Readonly<{ start: string; count: number }>[]) =>
  minutes.map(({ start, count }) => ({ start: new Date(start).toISOString(), count }));

test("steps are listed by the minute, newest first, as whole intervals, and a minute without any is absent", async () => {
  const simulator = await simulate();
  for (const { participant } of simulator.roster.slice(0, 8)) {
    const client = await clientOf(simulator, participant, "steps");
    const pages = await client.list({ filter, dataSourceFamily: WEARABLES });
    const truth = known(simulator.truth(participant, from, noon).steps.wearable);
    assert.deepEqual(listed(pages), truth, participant);
    for (const point of pages.flatMap(({ dataPoints = [] }) => dataPoints)) {
      const { startTime, endTime } = Listed.parse(point).steps.interval;
      assert.equal(Date.parse(endTime) - Date.parse(startTime), MINUTE);
    }
  }
});

test("rolled up by the minute it is the same minutes, by the day their sum, and all sources never add up", async () => {
  const simulator = await simulate();
  let more = 0;
  for (const { participant } of simulator.roster) {
    const client = await clientOf(simulator, participant, "steps");
    const { wearable, all } = simulator.truth(participant, from, noon).steps;
    assert.deepEqual(rolledUp(await client.rollUp(rollUp("60s", WEARABLES))), known(wearable));
    assert.deepEqual(rolledUp(await client.rollUp(rollUp("60s"))), known(all));
    const byDay = rolledUp(await client.rollUp({ ...rollUp("86400s"), pageSize: 90 }));
    const sum = (minutes: readonly Readonly<{ count: number }>[]) =>
      minutes.reduce((total, { count }) => total + count, 0);
    assert.equal(sum(byDay), sum(all));
    const wrist = new Map(wearable.map(({ start, count }) => [start, count]));
    for (const { start, count } of all) assert.equal(count, wrist.get(start) ?? count);
    if (all.length > wearable.length) more += 1;
  }
  assert.ok(more > 2, `${more}: some carry a phone that counts while the watch lies at home`);
});

test("a range of more than 90 days is refused, as Google refuses it", async () => {
  const client = await clientOf(await simulate(), undefined, "steps");
  const startTime = new Date(noon.getTime() - 91 * DAY).toISOString();
  const body = { ...rollUp("60s"), range: { startTime, endTime: noon.toISOString() } };
  const reply = await client.post("/v4/users/me/dataTypes/steps/dataPoints:rollUp", body);
  assert.equal(reply.status, 400);
  assert.match(await reply.text(), /INVALID_ROLLUP_QUERY_DURATION/);
});
