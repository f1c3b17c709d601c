import type { Queryable } from "./pool.ts";
import type { DaysRange } from "./read-days.ts";

export type ImputationRunRow = Readonly<{
  run_id: number;
  metric: string;
  source: string;
  day: string;
  code_version: string;
  parameters: unknown;
  input_sha256: string;
  made_at: Date;
  /** When a newer run of the day took its place; null while it is in force. */
  superseded_at: Date | null;
  gaps: Readonly<{
    starts_at: string;
    ends_at: string;
    cause: string;
    method: string | null;
    with_steps: boolean | null;
    provisional: boolean | null;
    refusal: string | null;
    pending: boolean | null;
    seed: string;
  }>[];
}>;

/** Imputation runs of a participant's local days with the receipt of each gap, the oldest first by number. */
export async function readImputationRuns(
  db: Queryable,
  shortId: string,
  asked: DaysRange & Readonly<{ current: boolean; after: number; limit: number }>,
): Promise<ImputationRunRow[]> {
  const { from, to, current, after, limit } = asked;
  const { rows } = await db.query<ImputationRunRow>(
    `select run.id as run_id, m.name as metric, r.source, run.day, run.code_version, run.parameters,
       encode(run.input_sha256, 'hex') as input_sha256, run.made_at, run.superseded_at,
       coalesce((
         select jsonb_agg(jsonb_build_object('starts_at', g.starts_at, 'ends_at', g.ends_at, 'cause', g.cause,
           'method', g.method, 'with_steps', g.with_steps, 'provisional', g.provisional, 'refusal', g.refusal,
           'pending', g.pending, 'seed', g.seed) order by g.starts_at)
         from study.imputed_gap g where g.run_id = run.id), '[]') as gaps
     from study.imputation_run run
     join study.participant p on p.id = run.participant_id
     join study.series r on r.id = run.series_id
     join study.metric m on m.id = r.metric_id
     where p.short_id = $1::text and ($2::date is null or run.day >= $2::date)
       and ($3::date is null or run.day <= $3::date) and (not $4::boolean or run.superseded_at is null)
       and run.id > $5::bigint
     order by run.id
     limit $6::int`,
    [shortId, from, to, current, after, limit],
  );
  return rows;
}
