import { parseArgs } from "node:util";
import { refreshTouchedHours } from "../sql/aggregates.ts";
import { testDatabase } from "../testing/database.ts";
import { daysAgo } from "./world.ts";

/**
 * npm run bench:refresh: what refreshing the hourly aggregate costs after 1, 100 and 1,000 participants were touched
 * over 1, 7 and 90 days. It must grow with the hours touched, not with the participants or runs that touched them.
 * Four samples an hour and participant, so that 90 days fit on one machine; the cost is of hours and groups.
 */
const { values } = parseArgs({
  options: {
    participants: { type: "string", default: "1000" },
    days: { type: "string", default: "90" },
  },
});
const participants = Number(values.participants);
const longest = Number(values.days);

const { app, owner, stop } = await testDatabase();
try {
  await fill();
  await touch(participants, longest);
  console.log(`first refresh of everything: ${await timed()} ms`);
  const cells: { participants: number; days: number; ms: number; spans: number }[] = [];
  for (const days of [1, 7, longest]) {
    for (const touched of [1, 100, participants]) {
      const spans = await touch(touched, days);
      const ms = await timed();
      cells.push({ participants: touched, days, ms, spans });
      console.log(`${touched} participants over ${days} days: ${ms} ms`);
    }
  }
  const cost = (who: number, days: number) =>
    cells.find((cell) => cell.participants === who && cell.days === days)?.ms ?? Number.NaN;
  const ratio = (a: number, b: number) => Math.round((a / b) * 100) / 100;
  console.log(
    JSON.stringify({
      cells,
      everybody_to_one_over_a_week: ratio(cost(participants, 7), cost(1, 7)),
      longest_to_one_day_for_one: ratio(cost(1, longest), cost(1, 1)),
    }),
  );
} finally {
  await stop();
}

async function fill(): Promise<void> {
  await owner.query("insert into study.study (slug, name) values ('bench', 'Bench')");
  await owner.query(
    `insert into study.participant (study_id, short_id, state, enrolled_on)
     select s.id, 'B-' || n, 'active', $2::date from study.study s cross join generate_series(1, $1::int) n`,
    [participants, daysAgo(longest)],
  );
  for (let day = longest; day > 0; day -= 1) {
    await owner.query(
      `insert into study.sample (participant_id, series_id, time, value)
       select p.id, 1, $1::date + quarter * interval '15 minutes', 600 + (p.id + quarter) % 300
       from study.participant p cross join generate_series(0, 95) quarter`,
      [daysAgo(day)],
    );
  }
}

/** Changes one value an hour of so many people over so many days, as their runs would have, and notes the windows. */
async function touch(people: number, days: number): Promise<number> {
  for (let day = days; day > 0; day -= 1) {
    await app.query(
      `update study.sample s set value = s.value + 1
       from (select id from study.participant order by id limit $2::int) p
       where s.participant_id = p.id and s.series_id = 1
         and s.time >= $1::date and s.time < $1::date + interval '1 day' and extract(minute from s.time) = 0`,
      [daysAgo(day), people],
    );
  }
  const { rowCount } = await app.query(
    `insert into study.touched_window (participant_id, series_id, window_from, window_to, origin, touched_at)
     select p.id, 1, $1::date, $2::date, 'ingest', now()
     from (select id from study.participant order by id limit $3::int) p`,
    [daysAgo(days), daysAgo(0), people],
  );
  return rowCount ?? 0;
}

async function timed(): Promise<number> {
  const began = performance.now();
  await refreshTouchedHours(owner);
  return Math.round(performance.now() - began);
}
