import { compare } from "../../testing/compare-with-truth.ts";
import type { Bench } from "./bench.ts";
import type { FaultTest } from "./finding.ts";
import { figureOf } from "./finding.ts";
import { untilQuiet } from "./runs.ts";

const TAKEN_AWAY = 5;
const CHANGED = 3;
const INVENTED = 2;

/** Before anything else: a judge that sees nothing would call every promise kept. */
export const judgeSees: FaultTest<Bench> = {
  id: "judge",
  promise: "what is missing, wrong or made up is seen by the comparison that all others rest on",
  async run({ installation, people }) {
    await untilQuiet(installation);
    const [person = ""] = people;
    const { owner } = installation;
    const before = await compare(installation, [person]);
    const old = `select s.time from study.sample s where s.participant_id = $1::int and s.series_id = 1
      order by s.time offset 100`;
    const { rows } = await owner.query<{ id: number }>(
      "select id from study.participant where short_id = $1::text",
      [person],
    );
    const id = rows[0]?.id;
    const among = `participant_id = $1::int and series_id = 1 and time in`;
    await owner.query(`delete from study.sample where ${among} (${old} limit $2::int)`, [
      id,
      TAKEN_AWAY,
    ]);
    await owner.query(
      `update study.sample set value = value + 1 where ${among} (${old} limit $2::int)`,
      [id, CHANGED],
    );
    await owner.query(
      `insert into study.sample (participant_id, series_id, time, value)
       select $1::int, 1, (select min(l.starts_at) from study.ledger l where l.participant_id = $1::int)
         + n * interval '1 second', 700
       from generate_series(1, $2::int) n`,
      [id, INVENTED],
    );
    const after = await compare(installation, [person]);
    return {
      passed:
        before.missing + before.wrong + before.duplicate === 0 &&
        after.missing === TAKEN_AWAY &&
        after.wrong === CHANGED &&
        after.duplicate === INVENTED,
      figure: figureOf({ taken_away: TAKEN_AWAY, changed: CHANGED, made_up: INVENTED, ...after }),
    };
  },
};
