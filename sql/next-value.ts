import type { Queryable } from "./pool.ts";
import { only } from "./pool.ts";
import type { PointsAsked } from "./read-series.ts";

const OF = (row: string) =>
  `${row}.participant_id = $1::int and ${row}.series_id = any ($2::smallint[])`;

/**
 * By the ledger, which knows a page of samples once its window was read, and of dense series by what the hourly
 * aggregate has not taken in.
 */
const SAMPLES = `
  select min(greatest(m.first_sample_at, $3::timestamptz)) as at from study.ledger_metric m
  where ${OF("m")} and m.last_sample_at >= $3::timestamptz and m.first_sample_at < $4::timestamptz
  union all
  select min(greatest(w.window_from, $3::timestamptz)) from study.touched_window w
  where ${OF("w")} and w.window_to > $3::timestamptz and w.window_from < $4::timestamptz`;

/** By the aggregate itself: it outlives its samples. */
const HOURS = `
  select min(h.hour) as at from study.sample_hour h
  where ${OF("h")} and h.hour >= $3::timestamptz and h.hour < $4::timestamptz`;

const IMPUTED = `
  select min(i.time) as at from study.imputed_sample i
  where ${OF("i")} and i.retired_at is null and i.time >= $3::timestamptz and i.time < $4::timestamptz`;

/**
 * Where in a range the next value can be: nothing lies before it, so that empty years need not be read. Null where
 * nothing follows. `from` is where a bucket begins.
 */
export async function readNextTime(
  db: Queryable,
  asked: Pick<PointsAsked, "participantId" | "series" | "values" | "resolution" | "from" | "to">,
): Promise<Date | null> {
  const { participantId, series, values, resolution, from, to } = asked;
  const measured = resolution === "hour" && series.dense ? HOURS : SAMPLES;
  const looks = [values !== "imputed" && measured, values !== "measured" && IMPUTED];
  const { rows } = await db.query<{ at: Date | null }>(
    `select min(v.at) as at from (${looks.filter((look) => look !== false).join(" union all ")}) v`,
    [participantId, series.seriesIds, from, to],
  );
  return only(rows, "time of the next value").at;
}
