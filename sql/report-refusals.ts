import type { Queryable } from "./pool.ts";

/**
 * Counts a report that its provider did not sign, for the audit by whom. The audit gets a row at the first of an hour and whenever their number
 * is ten times what it was: forgeries without number leave a handful of rows.
 */
export async function countRefusedReport(
  db: Queryable,
  provider: string,
  actor = "mail provider",
): Promise<void> {
  await db.query(
    `with swept as (
       delete from study.report_refusal where hour < now() - interval '90 days'
     ), counted as (
       insert into study.report_refusal as r (provider, hour, times) values ($1::text, date_trunc('hour', now()), 1)
       on conflict (provider, hour) do update set times = r.times + 1
       returning times
     )
     select audit.note($2::text, 'report.refused', $1::text, 'not signed, or not lately',
       jsonb_build_object('times_this_hour', times))
     from counted where times = 10 ^ (length(times::text) - 1)`,
    [provider, actor],
  );
}
