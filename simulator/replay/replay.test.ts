import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { test } from "node:test";
import { gunzipSync, gzipSync } from "node:zlib";
import { needs } from "../../testing/requirements.ts";
import { clientOf, noon, samplesOf, simulate, windowsOf } from "../test-client.ts";
import { DAY, HOUR, MINUTE, WEEK } from "../time.ts";
import { readRecording } from "./recording.ts";

async function folderWith(
  t: TestContext,
  files: Readonly<Record<string, string | Buffer>>,
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "wearflow-replay-"));
  t.after(() => rm(folder, { recursive: true }));
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  return folder;
}

const header = "Id,Time,Value\r\n";

test("the recording has the rows, distinct instants and minutes that its README counts", async (t) => {
  const data = needs(t, "shared-data");
  if (data === null) return;
  const { people, files, unreadable } = await readRecording(join(data, "fitabase"));
  assert.deepEqual(
    people.map(({ person, rows, distinct }) => [person, rows, distinct]),
    [
      ["2022484408", 210_587, 209_056],
      ["2026352035", 2_929, 2_929],
      ["2347167796", 273_487, 273_487],
      ["4020332650", 569_255, 561_120],
      ["4388161847", 249_748, 249_748],
    ],
  );
  for (const { distinct, wallSeconds } of people) assert.equal(wallSeconds.length, distinct);
  assert.deepEqual(
    files.flatMap(({ people: own }) => Object.values(own).map(({ minutes }) => minutes)),
    [7_947, 92, 18_362, 10_911, 21_082, 424, 22_505, 11_213, 38_109],
  );
  assert.equal(unreadable.summary().count, 0);
});

test("the mean of every replayed minute is that of the files, read once more in the plainest way", async (t) => {
  const data = needs(t, "shared-data");
  if (data === null) return;
  const folder = join(data, "fitabase");
  const simulator = await simulate({ replayFolder: folder });
  const shift = (simulator.replayReport?.shiftWeeks ?? 0) * WEEK;
  assert.equal(shift, 549 * WEEK);
  const direct = await meansOf(folder, "4.12.16-5.12.16_4388161847");
  const client = await clientOf(simulator, "R-1847");
  const served = new Map<number, number>();
  for (let to = noon.getTime(); to > noon.getTime() - 70 * DAY; to -= 14 * DAY) {
    const range = {
      startTime: new Date(to - 14 * DAY).toISOString(),
      endTime: new Date(to).toISOString(),
    };
    for (const { start, mean } of windowsOf(
      await client.rollUp({ range, windowSize: "60s", pageSize: 5000 }),
    ))
      served.set(start - shift, mean);
  }
  assert.equal(served.size, 38_109);
  for (const [minute, mean] of direct) assert.equal(served.get(minute), mean);
});

/** Minute (UTC, unshifted) → mean, with JavaScript's own date parser and no shared code. */
async function meansOf(folder: string, name: string): Promise<Map<number, number>> {
  const packed = await readFile(join(folder, `heartrate_seconds_${name}.csv.gz`));
  const values = new Map<number, number[]>();
  for (const line of gunzipSync(packed).toString().trim().split(/\r?\n/).slice(1)) {
    const [, time, value] = line.split(",");
    const minute = Math.floor(Date.parse(`${time} GMT-0400`) / MINUTE) * MINUTE;
    const own = values.get(minute) ?? [];
    own.push(Number(value));
    values.set(minute, own);
  }
  const mean = (all: readonly number[]): number => all.reduce((a, b) => a + b, 0) / all.length;
  return new Map([...values].map(([minute, all]) => [minute, mean(all)]));
}

test("a replay keeps weekday and wall time, ends within the last week and serves one fixed offset", async (t) => {
  const folder = await folderWith(t, {
    "heartrate_seconds_a.csv": `${header}1114408,4/12/2016 12:00:01 AM,70\r\n1114408,4/13/2016 1:05:00 PM,80\r\n`,
    "heartrate_seconds_b.csv.gz": gzipSync(`${header}2224409,3/13/2016 2:30:00 AM,60\r\n`),
    "notes.txt": "not a recording",
  });
  const simulator = await simulate({ replayFolder: folder });
  assert.deepEqual(
    simulator.roster.map(({ participant, timeZone }) => [participant, timeZone]),
    [
      ["R-4408", "Etc/GMT+4"],
      ["R-4409", "Etc/GMT+4"],
    ],
  );
  const client = await clientOf(simulator, "R-4408");
  const [newest, oldest] = samplesOf(await client.list());
  assert.ok(newest !== undefined && oldest !== undefined);
  assert.equal(newest.offset, "-14400s");
  const age = noon.getTime() - newest.at;
  assert.ok(age >= 0 && age < WEEK);
  assert.equal((newest.at - Date.parse("2016-04-13T17:05:00Z")) % WEEK, 0);
  assert.equal(newest.at - oldest.at, 37 * HOUR + 4 * MINUTE + 59_000);
  const lastSync = simulator.truth("R-4408", noon, noon).lastSync ?? "";
  assert.equal(Date.parse(lastSync), newest.at + 10 * MINUTE);
  assert.equal(
    simulator.roster[0]?.enrolledOn,
    new Date(oldest.at - 4 * HOUR).toISOString().slice(0, 10),
  );
});

test("a pinned shift keeps a replay in place when the simulator restarts in another week", async (t) => {
  const folder = await folderWith(t, {
    "heartrate_seconds.csv": `${header}7,4/12/2016 8:00:00 AM,70\n`,
  });
  const later = new Date(noon.getTime() + 3 * WEEK);
  const first = await simulate({ replayFolder: folder });
  const shiftWeeks = first.replayReport?.shiftWeeks ?? 0;
  const second = await simulate({ replayFolder: folder, shiftWeeks, clock: () => later });
  assert.deepEqual(second.roster, first.roster);
});

test("short ids take more digits where four are not unique", async (t) => {
  const folder = await folderWith(t, {
    "heartrate_seconds.csv": `${header}11234567,4/12/2016 8:00:00 AM,70\n21234567,4/12/2016 8:00:00 AM,70\n31224567,4/12/2016 8:00:00 AM,70\n`,
  });
  const { roster } = await simulate({ replayFolder: folder });
  assert.deepEqual(
    roster.map(({ participant }) => participant),
    ["R-11234567", "R-21234567", "R-31224567"],
  );
});

test("equal rows of overlapping files are served once, contradicting ones all", async (t) => {
  const folder = await folderWith(t, {
    "heartrate_seconds_a.csv": `${header}7,4/12/2016 8:00:05 AM,70\n7,4/12/2016 8:00:00 AM,71\n`,
    "heartrate_seconds_b.csv": `${header}7,4/12/2016 8:00:00 AM,71\n7,4/12/2016 8:00:05 AM,90\n`,
  });
  const simulator = await simulate({ replayFolder: folder });
  const [counts] = simulator.replayReport?.people ?? [];
  assert.deepEqual([counts?.rows, counts?.distinct, counts?.contradicting], [4, 2, 1]);
  const client = await clientOf(simulator);
  const served = samplesOf(await client.list({ pageSize: "1" }));
  assert.deepEqual(served.map(({ bpm }) => bpm).sort(), [70, 71, 90]);
});

test("unreadable lines are listed with their place and never abort the rest", async (t) => {
  const rows = [
    "7,4/12/2016 8:00:00 AM,70",
    "7,4/12/2016 8:00:05 AM,",
    "7,4/12/2016 8:00:05 AM,NaN",
    "7,4/12/2016 8:00:05 AM,0",
    "7,2/30/2016 8:00:05 AM,70",
    "7,4/12/2016 13:00:05 PM,70",
    "7,2016-04-12 08:00:05,70",
    "seven,4/12/2016 8:00:05 AM,70",
    "7,4/12/2016 8:00:05 AM",
    "7,4/12/2016 8:00:05 AM,70,1",
    "7,4/12/2016 12:00:10 PM,71",
  ];
  const folder = await folderWith(t, {
    "heartrate_seconds_a.csv": `\uFEFF${header}${rows.join("\r\n")}\r\n\r\n`,
    "heartrate_seconds_b.csv": "Id,When,Value\n7,4/12/2016 9:00:00 AM,70\n",
    "heartrate_seconds_c.csv.gz": gzipSync(`${header}${`${rows[0]}\n`.repeat(5000)}`).subarray(
      0,
      60,
    ),
  });
  const simulator = await simulate({ replayFolder: folder });
  const unreadable = simulator.replayReport?.unreadable;
  const at = (name: string): number[] =>
    (unreadable?.first ?? [])
      .filter(({ file }) => file.startsWith(`heartrate_seconds_${name}`))
      .map(({ line }) => line);
  assert.deepEqual(at("a"), [3, 4, 5, 6, 7, 8, 9, 10, 11]);
  assert.deepEqual(at("b"), [1]);
  // The row that the break cuts in two, and the break.
  assert.equal(at("c").length, 2);
  assert.match(unreadable?.first.at(-1)?.reason ?? "", /^the file breaks off: /);
  assert.equal(unreadable?.count, 12);
  for (const { reason } of unreadable?.first ?? []) assert.ok(reason.length > 10);
  const served = samplesOf(await (await clientOf(simulator)).list());
  assert.deepEqual(
    served.map(({ bpm }) => bpm),
    [71, 70],
  );
  const response = await simulator.app.request("/simulator/replay-report");
  assert.deepEqual(await response.json(), simulator.replayReport);
});

test("a folder without a recording is an error that says what was looked for", async (t) => {
  const empty = await folderWith(t, { "heartrate.csv": header });
  await assert.rejects(
    simulate({ replayFolder: empty }),
    /No heartrate_seconds\*\.csv or \.csv\.gz in /,
  );
  const hollow = await folderWith(t, { "heartrate_seconds.csv": header });
  await assert.rejects(simulate({ replayFolder: hollow }), /Not one readable row/);
  await assert.rejects(
    simulate({ replayFolder: join(empty, "gone") }),
    /Cannot read the replay folder/,
  );
});
