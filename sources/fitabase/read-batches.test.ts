import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { hashArchive, listArchive } from "./archive.ts";
import { createDeviceClock } from "./device-clock.ts";
import type { Kind } from "./kinds.ts";
import { KINDS, kindOf } from "./kinds.ts";
import type { Batch } from "./read-batches.ts";
import { readBatches } from "./read-batches.ts";
import { readDays, readSamples } from "./read-values.ts";
import { surveyFile } from "./survey.ts";
import { parseWallTime } from "./wall-time.ts";
import { createOffsets } from "./zone-offsets.ts";

const LATEST = Date.UTC(2017, 0, 1);

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "wearflow-fitabase-"));
});
after(() => rm(folder, { recursive: true }));

function kind(name: string): Kind {
  const found = KINDS.find((one) => one.name === name);
  assert.ok(found);
  return found;
}

const heartRate = kind("heartrate_seconds");
const rule = { seriesId: 101, scale: 10, plausibleMin: 20, plausibleMax: 250 };
const newClock = () =>
  createDeviceClock(createOffsets([{ fromMs: -Infinity, timeZone: "America/New_York" }]));

async function batchesOf(name: string, content: string | Buffer, of = heartRate) {
  const path = join(folder, name);
  await writeFile(path, content);
  const batches: Batch[] = [];
  for await (const batch of readBatches(path, of, LATEST)) batches.push(batch);
  return batches;
}

test("12 AM is midnight and 12 PM noon; a date that does not exist is none", () => {
  assert.equal(parseWallTime("4/12/2016 12:00:00 AM"), Date.UTC(2016, 3, 12));
  assert.equal(parseWallTime("4/12/2016 12:00:00 PM"), Date.UTC(2016, 3, 12, 12));
  assert.equal(parseWallTime("12/1/2016"), Date.UTC(2016, 11, 1));
  for (const wrong of [
    "2/30/2016",
    "13/1/2016",
    "4/12/16",
    "4/12/2016 0:00:00 AM",
    "4/12/2016 13:00:00 PM",
    "4/12/2016 1:00 PM",
    "2016-04-12",
    "",
  ]) {
    assert.equal(parseWallTime(wrong), null, wrong);
  }
});

test("a kind is told by its columns, in any order, with a byte-order mark and with more columns than are read", () => {
  assert.equal(kindOf("Id,Time,Value")?.name, "heartrate_seconds");
  assert.equal(kindOf("\uFEFFValue,Id,Time")?.name, "heartrate_seconds");
  assert.equal(kindOf("Id,date,value,logId")?.name, "minuteSleep");
  assert.equal(kindOf("Id,ActivityHour,StepTotal"), null);
});

test("rows come in batches with their lines; the same text, packed or not, gives the same", async () => {
  const text =
    "Id,Time,Value\r\n1,4/12/2016 7:21:00 AM,97\r\n1,4/12/2016 7:21:05 AM,102\r\n2,4/12/2016 7:21:00 AM,60\r\n";
  const plain = await batchesOf("plain.csv", text);
  assert.deepEqual(
    plain.map(({ firstLine, lastLine, rows }) => [
      firstLine,
      lastLine,
      rows.map(({ person }) => person),
    ]),
    [[2, 4, ["1", "1", "2"]]],
  );
  assert.deepEqual(await batchesOf("packed.csv.gz", gzipSync(text)), plain);
});

test("an unreadable line is listed with its number and reason, and the lines around it are kept", async () => {
  const [batch] = await batchesOf(
    "bad.csv",
    [
      "Id,Time,Value",
      "1,4/12/2016 7:21:00 AM,97",
      "1,4/31/2016 7:21:05 AM,97",
      "1,4/12/2016 7:21:10 AM,abc",
      "x,4/12/2016 7:21:15 AM,97",
      "1,4/12/2016 7:21:20 AM",
      "1,4/12/2016 7:21:25 AM,98",
      "",
    ].join("\n"),
  );
  assert.equal(batch?.rows.length, 2);
  assert.deepEqual(
    batch?.unreadable.map(({ line, person, reason, detail }) => [line, person, reason, detail]),
    [
      [3, "1", "bad_time", "Time is not M/D/YYYY h:mm:ss AM|PM"],
      [4, "1", "not_a_number", "Value is not a number"],
      [5, null, "unparseable_point", "the Id is not a number"],
      [6, "1", "unparseable_point", "2 columns instead of the header's 3"],
    ],
  );
});

test("a file that breaks off keeps what came before and says so", async () => {
  let text = "Id,Time,Value\n";
  for (let index = 0; index < 60_000; index += 1)
    text += `1,4/12/2016 ${1 + (index % 12)}:21:${10 + (index % 50)} AM,${60 + ((index * 7919) % 97)}\n`;
  const packed = gzipSync(text);
  const batches = await batchesOf("cut.csv.gz", packed.subarray(0, packed.length / 2));
  const rows = batches.reduce((sum, batch) => sum + batch.rows.length, 0);
  assert.ok(rows > 1_000 && rows < 60_000, String(rows));
  const unreadable = batches.flatMap((batch) => batch.unreadable);
  assert.deepEqual(
    unreadable.map(({ line, detail }) => [line, detail]),
    [[rows + 2, "the file breaks off here; what follows is missing"]],
  );
});

test("the same instant again is the same reading; with another value it is refused, and an implausible one too", async () => {
  const [batch] = await batchesOf(
    "twice.csv",
    [
      "Id,Time,Value",
      "1,4/12/2016 7:21:00 AM,97",
      "1,4/12/2016 7:21:00 AM,97",
      "1,4/12/2016 7:21:00 AM,98",
      "1,4/12/2016 7:21:05 AM,999",
    ].join("\n"),
  );
  const { kept, readings, unreadable } = readSamples(
    heartRate,
    batch?.rows ?? [],
    rule,
    newClock(),
  );
  assert.deepEqual(kept, { times: [Date.parse("2016-04-12T11:21:00Z")], values: [970] });
  assert.equal(readings, 4);
  assert.deepEqual(
    unreadable.map(({ line, reason }) => [line, reason]),
    [
      [4, "duplicate_conflict"],
      [5, "implausible_value"],
    ],
  );
});

test("an hour of steps is sixty minutes, of which zeros are counted and not kept", async () => {
  const wide = kind("minuteStepsWide");
  const columns = Array.from(
    { length: 60 },
    (_, minute) => `Steps${String(minute).padStart(2, "0")}`,
  );
  const steps = columns.map((_, minute) => (minute === 7 ? 12 : 0));
  const [batch] = await batchesOf(
    "wide.csv",
    `Id,ActivityHour,${columns}\n1,4/13/2016 12:00:00 AM,${steps}\n`,
    wide,
  );
  const found = readSamples(
    wide,
    batch?.rows ?? [],
    { ...rule, scale: 1, plausibleMin: 0 },
    newClock(),
  );
  assert.deepEqual([found.readings, found.zeros], [60, 59]);
  assert.deepEqual(found.kept, { times: [Date.parse("2016-04-13T04:07:00Z")], values: [12] });
});

test("a day told twice the same is one day; told otherwise it is refused", async () => {
  const sleepDay = kind("sleepDay");
  const [batch] = await batchesOf(
    "sleep.csv",
    [
      "Id,SleepDay,TotalSleepRecords,TotalMinutesAsleep,TotalTimeInBed",
      "1,4/12/2016 12:00:00 AM,1,327,346",
      "1,4/12/2016 12:00:00 AM,1,327,346",
      "1,4/12/2016 12:00:00 AM,1,327,347",
    ].join("\n"),
    sleepDay,
  );
  const rules = sleepDay.cells.map((_, index) => ({
    seriesId: index,
    scale: 1,
    plausibleMin: 0,
    plausibleMax: 3000,
  }));
  const { kept, unreadable } = readDays(sleepDay, batch?.rows ?? [], rules);
  assert.deepEqual(kept.values, [1, 327, 346]);
  assert.deepEqual(new Set(kept.days), new Set(["2016-04-12"]));
  assert.deepEqual(
    unreadable.map(({ line, reason }) => [line, reason]),
    [[4, "duplicate_conflict"]],
  );
});

test("a survey says who is in a file, from when to when; a folder's hash follows its content", async () => {
  const path = join(folder, "who.csv");
  await writeFile(path, "Id,Time,Value\n1,4/14/2016 7:00:00 AM,70\n1,4/12/2016 11:59:59 PM,71\n");
  const { lines, people } = await surveyFile(path, heartRate, LATEST);
  assert.equal(lines, 2);
  assert.deepEqual(people.get("1"), { firstDay: "2016-04-12", lastDay: "2016-04-14" });
  const before = hashArchive(await listArchive(folder));
  assert.equal(hashArchive(await listArchive(folder)), before);
  await writeFile(path, "Id,Time,Value\n");
  assert.notEqual(hashArchive(await listArchive(folder)), before);
});
