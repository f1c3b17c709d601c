import type { Queryable } from "./pool.ts";

/** Work on the whole installation that the health check watches. */
export type MaintenanceTask =
  | "align_schedules"
  | "refresh_aggregates"
  | "compress"
  | "retain"
  | "judge_idle"
  | "note_audit_head";

/** Notes how a task went, for the health check; the detail holds counts, the failure fixed words. */
export async function noteMaintenance(
  db: Queryable,
  task: MaintenanceTask,
  outcome: Readonly<{ detail: Readonly<Record<string, number | string>> } | { failure: string }>,
): Promise<void> {
  const failure = "failure" in outcome ? outcome.failure : null;
  await db.query(
    `insert into study.maintenance_run (task, last_good_at, last_failed_at, last_failure, detail)
     values ($1::text, case when $2::text is null then now() end, case when $2::text is not null then now() end,
       $2::text, $3::jsonb)
     on conflict (task) do update set
       last_good_at = coalesce(excluded.last_good_at, maintenance_run.last_good_at),
       last_failed_at = coalesce(excluded.last_failed_at, maintenance_run.last_failed_at),
       last_failure = coalesce(excluded.last_failure, maintenance_run.last_failure),
       detail = excluded.detail`,
    [task, failure, JSON.stringify("detail" in outcome ? outcome.detail : {})],
  );
}

/**
 * Compresses day chunks that ended before the horizon and are not compressed, or were written into since. Each
 * chunk is a statement of its own, so that a kill leaves the others done. `owner` must own the table. Returns how many.
 */
export async function compressChunks(owner: Queryable, endedBefore: Date): Promise<number> {
  // Status bits of TimescaleDB's catalogue: 1 compressed, 2 unordered, 8 partly compressed.
  const { rows } = await owner.query<{ chunk: string }>(
    `select format('%I.%I', c.schema_name, c.table_name) as chunk
     from _timescaledb_catalog.chunk c
     join timescaledb_information.chunks i
       on i.chunk_schema = c.schema_name and i.chunk_name = c.table_name
     where i.hypertable_schema = 'study' and i.hypertable_name = 'sample'
       and i.range_end < $1::timestamptz and (c.status & 1 = 0 or c.status & 10 <> 0)
     order by i.range_end`,
    [endedBefore],
  );
  for (const { chunk } of rows) await owner.query("select compress_chunk($1::regclass)", [chunk]);
  return rows.length;
}

/**
 * Drops day chunks of samples that ended before the deployment's retention, and notes before the first goes from when
 * on samples are kept, so that no reader takes what is gone for what never was. Returns how many.
 */
export async function dropChunks(owner: Queryable, endedBefore: Date): Promise<number> {
  await owner.query(
    `insert into study.retention (kept_from)
     select date_trunc('day', $1::timestamptz, 'UTC')
     where exists (select from show_chunks('study.sample', older_than => $1::timestamptz))
     on conflict (one) do update set kept_from = greatest(retention.kept_from, excluded.kept_from)`,
    [endedBefore],
  );
  const { rowCount } = await owner.query("select drop_chunks('study.sample', $1::timestamptz)", [
    endedBefore,
  ]);
  return rowCount ?? 0;
}

/** What the database alone knows of maintenance. Ages in minutes; null where there is nothing to be old. */
export type MaintenanceHealth = Readonly<{
  /** Age of the oldest window that the hourly aggregate has not taken in. */
  staleAggregateMinutes: number | null;
  /** Tasks whose last outcome was a failure. */
  failedTasks: readonly string[];
}>;

export async function readMaintenanceHealth(db: Queryable, now: Date): Promise<MaintenanceHealth> {
  const { rows } = await db.query<MaintenanceHealth>(
    `select
       (select extract(epoch from $1::timestamptz - min(touched_at))::float8 / 60
        from study.touched_window) as "staleAggregateMinutes",
       (select coalesce(array_agg(task order by task), '{}') from study.maintenance_run
        where last_failed_at is not null and (last_good_at is null or last_failed_at > last_good_at)
       ) as "failedTasks"`,
    [now],
  );
  return rows[0] ?? { staleAggregateMinutes: null, failedTasks: [] };
}

/** Minutes since any worker last finished a turn of maintenance, by the database's clock; null: never. */
export async function readHeartbeat(db: Queryable): Promise<number | null> {
  const { rows } = await db.query<{ minutes: number | null }>(
    `select floor(extract(epoch from now() - max(greatest(last_good_at, last_failed_at))) / 60)::int as minutes
     from study.maintenance_run`,
  );
  return rows[0]?.minutes ?? null;
}
