import assert from "node:assert/strict";
import { createReadStream } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { createGunzip } from "node:zlib";
import { needs } from "../testing/requirements.ts";
import type { Judgement } from "./judge-days.ts";
import { judgeDays } from "./judge-days.ts";
import { rules } from "./person-for-tests.ts";
import { DAY_MS, emptyTimeline, indexOf, MINUTE_MS } from "./timeline.ts";

/** Wall-clock time without a zone, taken as if it were UTC: days are cut as the wearer saw them. */
function wallTime(text: string): number {
  const [, month, day, year, hour, minute, second, half] =
    /^(\d+)\/(\d+)\/(\d+) (\d+):(\d+):(\d+) ([AP]M)$/.exec(text) ?? [];
  const hours = (Number(hour) % 12) + (half === "PM" ? 12 : 0);
  return Date.UTC(
    Number(year),
    Number(month) - 1,
    Number(day),
    hours,
    Number(minute),
    Number(second),
  );
}

/** Mean heart rate of each minute of one wearer's files: minute since 1970 → bpm. */
async function minutesOf(folder: string, wearer: string): Promise<ReadonlyMap<number, number>> {
  const sums = new Map<number, { sum: number; n: number }>();
  const names = (await readdir(folder)).filter(
    (name) => name.startsWith("heartrate_seconds") && name.includes(wearer),
  );
  for (const name of names) {
    const lines = createInterface({
      input: createReadStream(join(folder, name)).pipe(createGunzip()),
    });
    for await (const line of lines) {
      const [, time = "", value] = line.split(",");
      const minute = Math.floor(wallTime(time) / MINUTE_MS);
      if (Number.isNaN(minute)) continue;
      const known = sums.get(minute) ?? { sum: 0, n: 0 };
      sums.set(minute, { sum: known.sum + Number(value), n: known.n + 1 });
    }
  }
  return new Map(
    [...sums].map(([minute, { sum, n }]) => [minute, Math.round((sum / n) * 10) / 10]),
  );
}

/** Judges a recording by its heart rate alone; every day but the last is final, as an import makes them. */
async function judgeRecording(folder: string, wearer: string): Promise<Judgement> {
  const minutes = await minutesOf(folder, wearer);
  const all = [...minutes.keys()];
  const first = Math.min(...all) * MINUTE_MS;
  const last = Math.max(...all) * MINUTE_MS;
  const start = Math.floor(first / DAY_MS) * DAY_MS;
  const count = Math.floor(last / DAY_MS) - Math.floor(first / DAY_MS) + 1;
  const timeline = emptyTimeline(start, Math.floor((last - start) / MINUTE_MS) + 1);
  for (const [minute, bpm] of minutes)
    timeline.heartRate[indexOf(timeline, minute * MINUTE_MS)] = bpm;
  const days = Array.from({ length: count }, (_, n) => ({
    day: new Date(start + n * DAY_MS).toISOString().slice(0, 10),
    startMs: start + n * DAY_MS,
    endMs: start + (n + 1) * DAY_MS,
    finalMs: n < count - 1 ? last : null,
    readMs: last,
    readSyncMs: null,
    evidenceUnread: false,
  }));
  const person = {
    enrolledOn: days[0]?.day ?? "",
    endedOn: null,
    states: [{ state: "active", fromMs: -Infinity, untilMs: Infinity }] as const,
    connection: null,
    asked: false,
    lookedMs: null,
    lastFailure: null,
    couldNotLook: false,
    heldMs: null,
    devicesSeenMs: null,
    readings: [],
    toldSyncMs: null,
    refusedMinutes: new Set<number>(),
    firstSampleMs: first,
    newestSampleMs: last,
  };
  return judgeDays(timeline, days, person, rules, last + MINUTE_MS);
}

/** Read by eye, day by day, and found right; the hole and the last value are those the recordings' own notes tell of. */
const WEARERS = [
  {
    wearer: "2022484408",
    kind: "by day only",
    states: { valid: 35, partial: 6, pending: 1 },
    worn: 28_911,
    longest: { cause: "not_worn", hours: 15.8, from: "2016-04-22T20:47" },
  },
  {
    wearer: "2026352035",
    kind: "who dropped out of wearing it by night and by day",
    states: { partial: 4, not_worn: 33, pending: 1 },
    worn: 526,
    longest: { cause: "not_worn", hours: 363, from: "2016-04-02T02:32" },
  },
  {
    wearer: "2347167796",
    kind: "who withdrew early",
    states: { valid: 31, pending: 1 },
    worn: 41_026,
    longest: { cause: "not_worn", hours: 9.6, from: "2016-04-19T21:31" },
  },
  {
    wearer: "4020332650",
    kind: "with a hole of two weeks",
    states: { valid: 17, partial: 9, not_worn: 15, pending: 1 },
    worn: 21_595,
    longest: { cause: "not_worn", hours: 359.7, from: "2016-04-17T20:31" },
  },
  {
    wearer: "4388161847",
    kind: "who wore it nearly always",
    states: { valid: 29, pending: 1 },
    worn: 38_179,
    longest: { cause: "not_worn", hours: 10, from: "2016-05-11T20:51" },
  },
] as const;

for (const { wearer, kind, ...expected } of WEARERS)
  test(`somebody ${kind} is judged as a reader of the recording does`, async (t) => {
    const data = needs(t, "shared-data");
    if (data === null) return;
    const { days, gaps } = await judgeRecording(join(data, "fitabase"), wearer);
    const states = Object.fromEntries(
      [...Map.groupBy(days, ({ state }) => state)].map(([state, own]) => [state, own.length]),
    );
    const [longest] = [...gaps].sort((a, b) => b.toMs - b.fromMs - (a.toMs - a.fromMs));
    assert.ok(longest);
    assert.deepEqual(
      {
        states,
        worn: days.reduce((sum, { wearMinutes }) => sum + wearMinutes, 0),
        longest: {
          cause: longest.cause,
          hours: Math.round((longest.toMs - longest.fromMs) / 360_000) / 10,
          from: new Date(longest.fromMs).toISOString().slice(0, 16),
        },
      },
      expected,
    );
  });
