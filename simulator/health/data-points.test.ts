import assert from "node:assert/strict";
import { test } from "node:test";
import { createRandom } from "../random.ts";
import { clientOf, noon, personaOf, samplesOf, simulate, windowsOf } from "../test-client.ts";
import { DAY, HOUR, MINUTE } from "../time.ts";

const iso = (ms: number): string => new Date(ms).toISOString();
const range = (from: number, to: number): string =>
  `heart_rate.sample_time.physical_time >= "${iso(from)}" AND heart_rate.sample_time.physical_time < "${iso(to)}"`;

test("the union of small pages is one big page, newest first, whatever the page size", async () => {
  const simulator = await simulate();
  const random = createRandom(1);
  for (const { participant } of simulator.roster.slice(0, 6)) {
    const client = await clientOf(simulator, participant);
    const from = noon.getTime() - DAY - Math.floor(random() * 5 * DAY);
    const filter = range(from, from + 3 * HOUR);
    const whole = samplesOf(await client.list({ filter, pageSize: "10000" }));
    const pageSize = String(20 + Math.floor(random() * 200));
    const pages = await client.list({ filter, pageSize });
    assert.deepEqual(samplesOf(pages), whole, `seed 1, ${participant}, page size ${pageSize}`);
    assert.deepEqual(
      whole.map(({ at }) => at),
      whole.map(({ at }) => at).sort((a, b) => b - a),
    );
    for (const { dataPoints = [] } of pages) assert.ok(dataPoints.length <= Number(pageSize));
  }
});

test("a page holds at most 5000 points though 10000 were asked for, and 1440 where none were", async () => {
  const client = await clientOf(await simulate());
  const filter = range(noon.getTime() - 2 * DAY, noon.getTime());
  const capped = await client.page({ filter, pageSize: "10000" });
  assert.equal(capped.dataPoints?.length, 5000);
  const usual = await client.page({ filter });
  assert.equal(usual.dataPoints?.length, 1440);
});

test("some pages are empty but carry a token, and a listing without points is {}", async () => {
  const client = await clientOf(await simulate());
  const pages = await client.list({
    filter: range(noon.getTime() - DAY, noon.getTime()),
    pageSize: "100",
  });
  const empty = pages.filter(
    (page) => page.dataPoints === undefined && page.nextPageToken !== undefined,
  );
  assert.ok(empty.length > 0);
  const long = noon.getTime() - 400 * DAY;
  assert.deepEqual(await client.list({ filter: range(long, long + DAY) }), [{}]);
});

test("a minute of rollUp is the mean, least and most of that minute's listed samples", async () => {
  const simulator = await simulate();
  for (const { participant } of simulator.roster) {
    const client = await clientOf(simulator, participant);
    const to = noon.getTime() - 3 * DAY;
    const from = to - 6 * HOUR;
    const expected = new Map<number, number[]>();
    for (const { at, bpm } of samplesOf(
      await client.list({ filter: range(from, to), pageSize: "10000" }),
    )) {
      const minute = Math.floor(at / MINUTE) * MINUTE;
      expected.set(minute, [...(expected.get(minute) ?? []), bpm]);
    }
    const windows = windowsOf(
      await client.rollUp({ range: { startTime: iso(from), endTime: iso(to) }, windowSize: "60s" }),
    );
    assert.deepEqual(
      windows.map(({ start }) => start),
      [...expected.keys()],
    );
    for (const { start, end, mean, min, max } of windows) {
      const values = expected.get(start) ?? [];
      assert.equal(end, start + MINUTE);
      assert.ok(Math.abs(mean - values.reduce((a, b) => a + b, 0) / values.length) < 1e-9);
      assert.deepEqual([min, max], [Math.min(...values), Math.max(...values)]);
    }
  }
});

test("windows are anchored at the start of the range and the last one is cut off at its end", async () => {
  const client = await clientOf(await simulate());
  const from = noon.getTime() - 10 * HOUR + 17_000;
  const body = { range: { startTime: iso(from), endTime: iso(from + HOUR) }, windowSize: "420s" };
  const windows = windowsOf(await client.rollUp({ ...body, pageSize: 3 }));
  assert.ok(windows.length > 5);
  for (const { start, end } of windows) {
    assert.equal((start - from) % 420_000, 0);
    assert.equal(end, Math.min(start + 420_000, from + HOUR));
  }
});

test("nothing after the last sync is visible, and the next sync brings it", async () => {
  let now = noon.getTime() - 9 * DAY;
  const simulator = await simulate({ clock: () => new Date(now), epoch: "2026-10-26" });
  const late = personaOf(simulator, "late sync");
  const seen: number[] = [];
  for (; now <= noon.getTime(); now += 7 * HOUR) {
    const client = await clientOf(simulator, late);
    const { lastSync } = simulator.truth(late, noon, noon);
    const [newest] = samplesOf([await client.page({ pageSize: "1" })]);
    assert.ok(newest !== undefined && lastSync !== null);
    assert.ok(newest.at <= Date.parse(lastSync) && Date.parse(lastSync) <= now);
    seen.push(newest.at);
  }
  const steps = new Set(seen).size;
  assert.ok(steps > 2 && steps < 7, `${steps} different newest samples in nine days`);
});

test("what is served is what was measured, but for the unsynced end and the forgotten part", async () => {
  const simulator = await simulate();
  const id = personaOf(simulator, "phone left at home");
  const from = new Date(noon.getTime() - 29 * DAY);
  const { events, minutes, measured } = simulator.truth(id, from, noon);
  const overrun = events.find(({ kind }) => kind === "memory_exceeded");
  assert.ok(overrun?.lostFrom !== undefined && overrun.lostTo !== undefined);
  const [lostFrom, lostTo] = [Date.parse(overrun.lostFrom), Date.parse(overrun.lostTo)];
  assert.equal(Date.parse(overrun.at) - lostTo, 7 * DAY);
  const served = new Set(minutes.map(({ start }) => start));
  const missing = measured.filter(({ start }) => !served.has(start));
  const forgotten = missing.filter(({ start }) => Date.parse(start) < lostTo);
  assert.ok(forgotten.length > 3000);
  for (const { start } of forgotten) assert.ok(Date.parse(start) >= lostFrom - MINUTE);
  const client = await clientOf(simulator, id);
  assert.deepEqual(await client.list({ filter: range(lostFrom, lostTo) }), [{}]);
});

test("a civil filter follows the zone: a local day of 25 hours holds 25 hours of samples", async () => {
  // Oslo left summer time on 2026-10-25.
  const simulator = await simulate({ epoch: "2026-10-01" });
  const { participant } = simulator.roster[0] ?? { participant: "" };
  const client = await clientOf(simulator, participant);
  const civil = "heart_rate.sample_time.civil_time";
  const filter = `${civil} >= "2026-10-25" AND ${civil} < "2026-10-26T00:00:00"`;
  const byCivil = samplesOf(await client.list({ filter, pageSize: "5000" }));
  const from = Date.parse("2026-10-24T22:00:00Z");
  const byInstant = samplesOf(
    await client.list({ filter: range(from, from + 25 * HOUR), pageSize: "5000" }),
  );
  assert.ok(byCivil.length > 10_000);
  assert.deepEqual(byCivil, byInstant);
});

test("every point bears the offset of its own instant, half-hour clock changes included", async () => {
  const cases = [
    { zone: "Europe/Oslo", change: "2026-10-25T01:00:00Z", before: "7200s", after: "3600s" },
    {
      zone: "America/New_York",
      change: "2026-11-01T06:00:00Z",
      before: "-14400s",
      after: "-18000s",
    },
    {
      zone: "Australia/Lord_Howe",
      change: "2026-10-03T15:30:00Z",
      before: "37800s",
      after: "39600s",
    },
    { zone: "Europe/London", change: "2026-10-25T01:00:00Z", before: "3600s", after: undefined },
  ];
  const simulator = await simulate({ epoch: "2026-09-10" });
  for (const { zone, change, before, after } of cases) {
    const found = simulator.roster.find(({ timeZone }) => timeZone === zone);
    const client = await clientOf(simulator, found?.participant);
    const at = Date.parse(change);
    const filter = range(at - HOUR, at + HOUR);
    for (const sample of samplesOf(await client.list({ filter, pageSize: "5000" })))
      assert.equal(sample.offset, sample.at < at ? before : after, `${zone} ${iso(sample.at)}`);
  }
});

test("reconcile gives the same values as list but names no source", async () => {
  const client = await clientOf(await simulate());
  const filter = range(noon.getTime() - 8 * HOUR, noon.getTime() - 7 * HOUR);
  const listed = await client.list({ filter });
  const reconciled = await client.list({ filter }, ":reconcile");
  assert.deepEqual(samplesOf(reconciled), samplesOf(listed));
  assert.ok("dataSource" in (listed[0]?.dataPoints?.[0] ?? {}));
  assert.ok(!("dataSource" in (reconciled[0]?.dataPoints?.[0] ?? {})));
});

test("google-wearables holds the data and self-sources none of it", async () => {
  const client = await clientOf(await simulate());
  const body = {
    range: { startTime: iso(noon.getTime() - DAY), endTime: iso(noon.getTime()) },
    windowSize: "60s",
  };
  const family = (name: string): object => ({
    dataSourceFamily: `users/me/dataSourceFamilies/${name}`,
  });
  const worn = windowsOf(await client.rollUp({ ...body, ...family("google-wearables") }));
  assert.ok(worn.length > 1000);
  assert.deepEqual(await client.rollUp({ ...body, ...family("self-sources") }), [{}]);
});
