import type { Queryable } from "./pool.ts";

export type RunOutcome = "complete" | "partial" | "not_authorised" | "skipped";

/** One finished run of ingestParticipant, as pages and the health check show it. */
export type FinishedRun = Readonly<{
  workflowId: string;
  runId: string;
  participantId: number;
  scheduledAt: Date;
  startedAt: Date;
  finishedAt: Date;
  outcome: RunOutcome;
  /** Fixed words, without measured values or personal data. */
  detail: string;
  inserted: number;
  updated: number;
  quarantined: number;
}>;

/** Keeps a finished run; the same run again replaces its row. */
export async function storeRun(db: Queryable, run: FinishedRun): Promise<void> {
  await db.query(
    `insert into study.ingest_run (workflow_id, run_id, participant_id, scheduled_at, started_at, finished_at,
       outcome, detail, inserted, updated, quarantined)
     values ($1::text, $2::text, $3::int, $4::timestamptz, $5::timestamptz, $6::timestamptz, $7::text, $8::text,
       $9::int, $10::int, $11::int)
     on conflict (workflow_id, run_id) do update set
       finished_at = excluded.finished_at,
       outcome = excluded.outcome,
       detail = excluded.detail,
       inserted = excluded.inserted,
       updated = excluded.updated,
       quarantined = excluded.quarantined`,
    [
      run.workflowId,
      run.runId,
      run.participantId,
      run.scheduledAt,
      run.startedAt,
      run.finishedAt,
      run.outcome,
      run.detail,
      run.inserted,
      run.updated,
      run.quarantined,
    ],
  );
}

/** What the health check knows from the database alone, so that it also speaks when Temporal is down. */
export type IngestHealth = Readonly<{
  activeParticipants: number;
  lastGoodRunAt: Date | null;
  /** Studies in which a pipeline fault is open. */
  faultyStudies: readonly string[];
}>;

/** When any active participant's run last finished without leaving something out. */
export async function readIngestHealth(db: Queryable): Promise<IngestHealth> {
  const { rows } = await db.query<IngestHealth>(
    `select
       (select count(*) from study.participant where state = 'active')::int as "activeParticipants",
       (select max(finished_at) from study.ingest_run where outcome = 'complete') as "lastGoodRunAt",
       (select coalesce(array_agg(s.slug order by s.slug), '{}')
        from study.pipeline_fault f join study.study s on s.id = f.study_id
        where f.ended_at is null) as "faultyStudies"`,
  );
  return rows[0] ?? { activeParticipants: 0, lastGoodRunAt: null, faultyStudies: [] };
}

/** How many of those who should be read every day are, by the evidence of finished runs. */
export type Coverage = Readonly<{
  /** Active participants whose connection has worked for longer than a day and two hours. */
  expected: number;
  /** Of these, the ones without a complete run in that time. */
  overdue: number;
}>;

/** A participant is read once a day; the two hours are the schedule's jitter and a slow run. */
export const FETCH_OVERDUE_HOURS = 26;

/** Counts participants whose last complete run is too long ago: one run that went well says nothing of the others. */
export async function readCoverage(db: Queryable, now: Date): Promise<Coverage> {
  const { rows } = await db.query<Coverage>(
    `with expected as (
       select p.id from study.participant p
       where p.state = 'active' and exists (
         select from study.connection c
         where c.participant_id = p.id and c.status = 'active'
           and c.status_since < $1::timestamptz - make_interval(hours => $2::int))
     )
     select count(*)::int as expected, count(*) filter (where not exists (
       select from study.ingest_run r
       where r.participant_id = expected.id and r.outcome = 'complete'
         and r.finished_at > $1::timestamptz - make_interval(hours => $2::int)))::int as overdue
     from expected`,
    [now, FETCH_OVERDUE_HOURS],
  );
  return rows[0] ?? { expected: 0, overdue: 0 };
}
