import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { z } from "zod";
import { readRecording } from "../simulator/replay/recording.ts";
import { needs } from "../testing/requirements.ts";
import type { Stack } from "../testing/stack.ts";
import { eventually, startStack } from "../testing/stack.ts";

const MINUTE_MS = 60_000;
/** Wall times of the recording are read four hours behind UTC (Etc/GMT+4). */
const OFFSET_MS = 4 * 3_600_000;
const WEEK_MS = 7 * 24 * 3_600_000;

/** Minutes with a value that the data's README counts, collections apart; 0 where they overlap in time. */
const README_MINUTES: Record<string, number> = {
  "2022484408": 7_947 + 21_082,
  "2026352035": 92 + 424,
  "2347167796": 18_362 + 22_505,
  "4020332650": 10_911 + 11_213,
  "4388161847": 38_109,
};

const Report = z.object({
  shiftWeeks: z.number().int(),
  people: z.array(z.object({ person: z.string(), participant: z.string() })),
});

async function finished(stack: Stack): Promise<boolean> {
  const pool = stack.pool();
  try {
    const { rows } = await pool.query<{ n: number }>(
      "select count(distinct participant_id)::int as n from study.ingest_run where inserted > 0",
    );
    return rows[0]?.n === 5;
  } finally {
    await pool.end();
  }
}

/** Mean bpm of each minute, straight from the files: epoch milliseconds after the shift → mean. */
function meansOf(wallSeconds: ArrayLike<number>, bpm: ArrayLike<number>, shiftMs: number) {
  const minutes = new Map<number, { sum: number; n: number }>();
  for (let index = 0; index < wallSeconds.length; index += 1) {
    const instant = (wallSeconds[index] ?? 0) * 1000 + OFFSET_MS + shiftMs;
    const minute = Math.floor(instant / MINUTE_MS) * MINUTE_MS;
    const entry = minutes.get(minute) ?? { sum: 0, n: 0 };
    entry.sum += bpm[index] ?? 0;
    entry.n += 1;
    minutes.set(minute, entry);
  }
  return new Map([...minutes].map(([minute, { sum, n }]) => [minute, sum / n]));
}

test("the five recorded people arrive with every minute of their files and its mean within 0.05 bpm", async (t) => {
  const data = needs(t, "shared-data");
  if (data === null) return;
  const folder = join(data, "fitabase");
  const stack = await startStack({ args: ["--replay", folder] });
  const pool = stack.pool();
  try {
    await eventually("five people were read", async () => ((await finished(stack)) ? true : null));
    const report = Report.parse(
      await (await fetch(`${stack.simulator}/simulator/replay-report`)).json(),
    );
    const recording = await readRecording(folder);
    assert.equal(recording.people.length, 5);
    for (const { person, wallSeconds, bpm } of recording.people) {
      const participant = report.people.find((one) => one.person === person)?.participant;
      const { rows } = await pool.query<{ ms: number; value: number }>(
        `select (extract(epoch from s.time) * 1000)::bigint as ms, s.value from study.sample s
         join study.participant p on p.id = s.participant_id where p.short_id = $1::text`,
        [participant],
      );
      const means = meansOf(wallSeconds, bpm, report.shiftWeeks * WEEK_MS);
      assert.equal(rows.length, means.size, `${person}: minutes`);
      for (const { ms, value } of rows) {
        const mean = means.get(ms);
        assert.ok(mean !== undefined && Math.abs(mean - value / 10) <= 0.0501, `${person} ${ms}`);
      }
      const apart = README_MINUTES[person] ?? 0;
      const counted = recording.files.flatMap(({ people }) => people[person]?.minutes ?? []);
      assert.equal(
        counted.reduce((sum, n) => sum + n, 0),
        apart,
        `${person}: the README's count`,
      );
      assert.ok(rows.length <= apart, `${person}: overlapping minutes are stored once`);
    }
    const html = await (await fetch(stack.page)).text();
    for (const { participant } of report.people) assert.ok(html.includes(participant));
  } finally {
    await pool.end();
    await stack.stop();
    await stack.remove();
  }
});

test("a folder without recordings is refused in words before anything is set up", async () => {
  const empty = await mkdtemp(join(tmpdir(), "wearflow-empty-"));
  try {
    await assert.rejects(startStack({ args: ["--replay", empty] }), /No heartrate_seconds\*\.csv/);
    await writeFile(join(empty, "notes.txt"), "nothing");
    await assert.rejects(startStack({ args: ["--replay", empty] }), /No heartrate_seconds\*\.csv/);
  } finally {
    await rm(empty, { recursive: true });
  }
});
