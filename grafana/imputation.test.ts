import assert from "node:assert/strict";
import { test } from "node:test";
import { expand } from "../testing/grafana-stand-in.ts";
import { everybody, openGrafana } from "./open-for-tests.ts";

const { database, reader, dashboards, open, until } = await openGrafana();

test("what became of gaps is told by the kind of reason, however many numbers the reasons hold, and misses no gap", async () => {
  const reasons = [
    "'back-tests at ' || 5 * n || ' minutes: error ' || n / 100.0 || ' of a straight line''s, intervals hold ' || n % 100 || ' %'",
    "'longer than the ' || n || ' minutes that may be filled'",
  ];
  for (const [turn, reason] of reasons.entries())
    await database.app.query(
      `insert into study.imputed_gap (run_id, participant_id, series_id, starts_at, ends_at, cause, refusal, pending, seed)
       select r.id, r.participant_id, 1, r.made_at + make_interval(mins => 2 * n + $1::int), r.made_at + make_interval(mins => 2 * n + 1 + $1::int),
         'sensor_dropout', ${reason}, false, 's'
       from (select * from study.imputation_run where made_at < $2::timestamptz order by id limit 1) r cross join generate_series(1, 300) n`,
      [1000 * turn, until],
    );
  const board = dashboards.find(({ uid }) => uid === "wearflow-imputation");
  assert.ok(board);
  const query = board.panels.find(({ title }) => title === "What became of gaps")?.targets[0];
  const { rows } = await reader.query(expand(query?.rawSql ?? "", await open(board, everybody)));
  const refused = rows.filter(({ what }) => what.startsWith("not filled"));
  assert.deepEqual(
    refused.map(({ what, gaps }) => [what, gaps]),
    [
      [
        "not filled: back-tests at n minutes: error n of a straight line's, intervals hold n %",
        300,
      ],
      ["not filled: longer than the n minutes that may be filled", 300],
    ],
  );
});
