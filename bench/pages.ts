import { parseArgs } from "node:util";
import { quantile } from "./process-cost.ts";
import { benchWorld, daysAgo, runsFinished, untilRunsFinish } from "./world.ts";

/**
 * npm run bench:pages: `/` and `/participants/<id>` while the day's run of everybody goes on, over a study that has
 * minutes of samples and a year of ledger behind it.
 */
const { values } = parseArgs({
  options: {
    participants: { type: "string", default: "1000" },
    "minute-days": { type: "string", default: "30" },
    requests: { type: "string", default: "200" },
  },
});
const participants = Number(values.participants);
const minuteDays = Number(values["minute-days"]);
const requests = Number(values.requests);

const world = await benchWorld(participants, daysAgo(1));
const { owner, app } = world.database;
try {
  const filled = performance.now();
  await fillSamples();
  await fillLedger();
  console.log(`filled in ${Math.round((performance.now() - filled) / 1000)} s`);
  const page = await world.startPages();
  await measure(page, "quiet", 20);
  await world.startWorker();
  await untilRunsFinish(world.database, Math.min(20, participants));
  console.log(JSON.stringify(await measure(page, "while the daily run goes", requests)));
} finally {
  await world.stop();
}

/** Minutes of days long past, one day a statement, so that today's run finds its own days empty. */
async function fillSamples(): Promise<void> {
  for (let day = 2; day < minuteDays + 2; day += 1) {
    await owner.query(
      `insert into study.sample (participant_id, series_id, time, value)
       select p.id, 1, $1::date + minute * interval '1 minute', 600 + (p.id * 7 + minute * 13) % 300
       from study.participant p cross join generate_series(0, 1439) minute`,
      [daysAgo(day)],
    );
    if (day > 3)
      await owner
        .query(
          "select compress_chunk(c) from show_chunks('study.sample', older_than => $1::date) c",
          [daysAgo(day - 2)],
        )
        .catch(() => undefined);
  }
}

async function fillLedger(): Promise<void> {
  await owner.query(
    `insert into study.ledger (participant_id, day, starts_at, ends_at, expected_minutes, wear_minutes, settled_at)
     select p.id, d::date, d, d + interval '1 day', 1440, 300 + (p.id * 31 + extract(doy from d)::int * 17) % 1000, now()
     from study.participant p
     cross join generate_series($1::date - interval '365 days', $1::date, interval '1 day') d`,
    [daysAgo(2)],
  );
  await owner.query(
    `insert into study.ledger_metric (participant_id, day, series_id, received_minutes, first_sample_at,
       last_sample_at, content_hash, read_at, read_sync_at, stable_since, final_at)
     select l.participant_id, l.day, 1, l.wear_minutes, l.starts_at, l.ends_at - interval '1 minute', '\\x00',
       l.ends_at, l.ends_at, l.ends_at, l.ends_at
     from study.ledger l`,
  );
  await owner.query(
    `insert into study.judged_day (participant_id, day, starts_at, ends_at, expected_minutes, received_minutes,
       wear_minutes, state, valid_so_far, proof, settings_version, judged_at)
     select l.participant_id, l.day, l.starts_at, l.ends_at, l.expected_minutes, l.wear_minutes, l.wear_minutes,
       case when l.wear_minutes >= 600 then 'valid' else 'partial' end, l.wear_minutes >= 600, '{}', 1, l.settled_at
     from study.ledger l`,
  );
}

async function measure(page: string, when: string, count: number) {
  const { rows } = await app.query<{ short_id: string }>("select short_id from study.participant");
  const before = await runsFinished(world.database);
  const times: Record<"list" | "person", number[]> = { list: [], person: [] };
  for (let index = 0; index < count; index += 1) {
    const shortId = rows[(index * 37) % rows.length]?.short_id ?? "";
    for (const [kind, path] of [
      ["list", "/"],
      ["person", `/participants/${shortId}`],
    ] as const) {
      const began = performance.now();
      const reply = await fetch(page + path);
      await reply.text();
      if (reply.status !== 200) throw new Error(`${path} answered ${reply.status}`);
      times[kind].push(performance.now() - began);
    }
  }
  const both = [...times.list, ...times.person];
  const ms = (list: readonly number[], q: number) => Math.round(quantile(list, q));
  console.log(
    `${when}: / p50 ${ms(times.list, 0.5)} p95 ${ms(times.list, 0.95)} ms, ` +
      `/participants/<id> p50 ${ms(times.person, 0.5)} p95 ${ms(times.person, 0.95)} ms`,
  );
  return {
    participants,
    p50_ms: ms(both, 0.5),
    p95_ms: ms(both, 0.95),
    list_p95_ms: ms(times.list, 0.95),
    person_p95_ms: ms(times.person, 0.95),
    runs_finished_meanwhile: (await runsFinished(world.database)) - before,
  };
}
