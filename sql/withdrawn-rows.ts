import type { TimeWindow } from "../sources/source.ts";
import type { DaysOwner } from "./daily-values.ts";
import type { Queryable } from "./pool.ts";
import { only } from "./pool.ts";
import type { SampleOwner } from "./samples.ts";
import { storedContentSql } from "./sessions.ts";
import type { Absences } from "./withdrawn-samples.ts";
import { MOSTLY_WITHDRAWN_AFTER_HOURS, WITHDRAWN_AFTER_HOURS } from "./withdrawn-samples.ts";

/** When a window that was read to its last page was read. */
type Read = Readonly<{ began: Date; ended: Date }>;

/**
 * Compares the stored values of these days with those the source gave, as `settleAbsences` does for samples: lacking once
 * is noted, lacking again hours later it is removed, with a revision where its day had been final.
 */
export async function settleAbsentDays(
  db: Queryable,
  { participantId, seriesIds, workflowRunId }: DaysOwner,
  reading: Read &
    Readonly<{
      days: readonly string[];
      given: readonly Readonly<{ seriesId: number; day: string }>[];
    }>,
): Promise<Absences> {
  const { rows } = await db.query<Absences>(SETTLE_DAYS, [
    participantId,
    seriesIds,
    reading.days,
    reading.given.map(({ seriesId }) => seriesId),
    reading.given.map(({ day }) => day),
    reading.began,
    reading.ended,
    workflowRunId,
    WITHDRAWN_AFTER_HOURS,
    MOSTLY_WITHDRAWN_AFTER_HOURS,
  ]);
  return only(rows, "settled window");
}

/** Compares the stored sessions that end in a window with those the source gave, in the same way. */
export async function settleAbsentSessions(
  db: Queryable,
  { participantId, seriesId, workflowRunId }: SampleOwner,
  reading: Read & Readonly<{ window: TimeWindow; given: readonly string[] }>,
): Promise<Absences> {
  const { rows } = await db.query<Absences>(SETTLE_SESSIONS, [
    participantId,
    seriesId,
    reading.given,
    reading.window.from,
    reading.window.to,
    reading.began,
    reading.ended,
    workflowRunId,
    WITHDRAWN_AFTER_HOURS,
    MOSTLY_WITHDRAWN_AFTER_HOURS,
  ]);
  return only(rows, "settled window");
}

/** What is gone of `stored` (absent, absent_since), how many of it are, and what else is lacking. */
const JUDGED = `
most as (
  select count(*) filter (where absent) * 2 > count(*) as lacking from stored
), judged as (
  select s.*, s.absent and s.absent_since <= $6::timestamptz - make_interval(hours =>
    case when (select lacking from most) then $10::int else $9::int end) is true as gone
  from stored s
)`;

const COUNTED = `
select
  count(*) filter (where absent and gone is not true)::int as absent,
  count(*) filter (where gone)::int as withdrawn
from judged`;

const SETTLE_DAYS = `
with stored as (
  select v.series_id, v.day, v.value, v.absent_since, g.day is null as absent
  from study.daily_value v
  left join unnest($4::smallint[], $5::date[]) as g (series_id, day) on g.series_id = v.series_id and g.day = v.day
  where v.participant_id = $1::int and v.series_id = any ($2::smallint[]) and v.day = any ($3::date[])
), ${JUDGED}, noted as (
  update study.daily_value v
  set absent_since = case when j.absent then coalesce(v.absent_since, $7::timestamptz) end
  from judged j
  where v.participant_id = $1::int and v.series_id = j.series_id and v.day = j.day and j.gone is not true
    and j.absent <> (j.absent_since is not null)
), revised as (
  insert into study.daily_value_revision (participant_id, series_id, day, old_value, new_value, revised_at,
    workflow_run_id)
  select $1::int, j.series_id, j.day, j.value, null, $7::timestamptz, $8::text
  from judged j
  join study.ledger_metric m
    on m.participant_id = $1::int and m.day = j.day and m.series_id = j.series_id and m.first_final_at is not null
  where j.gone
  on conflict do nothing
), removed as (
  delete from study.daily_value v
  using judged j
  where v.participant_id = $1::int and v.series_id = j.series_id and v.day = j.day and j.gone
)
${COUNTED}`;

const SETTLE_SESSIONS = `
with stored as (
  select s.id, s.provider_session_id, s.day, s.absent_since, s.provider_session_id <> all ($3::text[]) as absent,
    ${storedContentSql("s")} as content
  from study.session s
  where s.participant_id = $1::int and s.series_id = $2::smallint
    and s.ends_at >= $4::timestamptz and s.ends_at < $5::timestamptz
), ${JUDGED}, noted as (
  update study.session s
  set absent_since = case when j.absent then coalesce(s.absent_since, $7::timestamptz) end
  from judged j
  where s.id = j.id and j.gone is not true and j.absent <> (j.absent_since is not null)
), revised as (
  insert into study.session_revision (participant_id, series_id, provider_session_id, day, old_content, withdrawn,
    revised_at, workflow_run_id)
  select $1::int, $2::smallint, j.provider_session_id, j.day, j.content, true, $7::timestamptz, $8::text
  from judged j
  join study.ledger_metric m
    on m.participant_id = $1::int and m.day = j.day and m.series_id = $2::smallint and m.first_final_at is not null
  where j.gone
  on conflict do nothing
), removed as (
  delete from study.session s using judged j where s.id = j.id and j.gone
)
${COUNTED}`;
