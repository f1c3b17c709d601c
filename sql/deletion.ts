import type { Queryable } from "./pool.ts";

/** Tables that hold rows of a participant, children before parents; samples are handled apart. */
const TABLES = [
  "study.sample_revision",
  "study.imputed_sample",
  "study.imputed_gap",
  "study.imputation_run",
  "study.back_test",
  "study.gap",
  "study.session",
  "study.daily_value",
  "study.touched_window",
  "study.fetch",
  "study.quarantine",
  "study.ledger",
  "study.ingest_run",
  "study.message",
  "pii.contact",
  "study.device",
  "study.connection",
  "study.participant_state_change",
  "study.participant_zone",
] as const;

/**
 * Removes one participant and everything measured, chunk by chunk, then refreshes the hours their samples lay in,
 * so that no aggregate remembers them. The participant's own row goes last: broken off, it is run again and goes
 * on. The audit stays, by short id. `owner` must own the tables. Returns how many samples went.
 */
export async function deleteParticipant(owner: Queryable, participantId: number): Promise<number> {
  const chunks = await chunksOf(owner, participantId);
  let removed = 0;
  for (const { from, to } of chunks) {
    const { rowCount } = await owner.query(
      `delete from study.sample
       where participant_id = $1::int and time >= $2::timestamptz and time < $3::timestamptz`,
      [participantId, from, to],
    );
    removed += rowCount ?? 0;
    await owner.query(
      "call refresh_continuous_aggregate('study.sample_hour', $1::timestamptz, $2::timestamptz)",
      [from, to],
    );
  }
  for (const table of TABLES) {
    await owner.query(`delete from ${table} where participant_id = $1::int`, [participantId]);
  }
  // A page stored meanwhile holds the participant's row through its provenance: then this fails and is run again.
  await owner.query(
    `with person as (delete from study.participant where id = $1::int)
     delete from study.sample where participant_id = $1::int`,
    [participantId],
  );
  return removed;
}

/** Removes a study without participants: its sites, arms, settings and itself. */
export async function deleteEmptyStudy(owner: Queryable, studyId: number): Promise<void> {
  // Bound to a site that is gone they would be bound to none, and reach everybody: they are shut out instead.
  await owner.query(
    `with bound as (
       update pii.staff f set disabled_at = coalesce(f.disabled_at, now()), site_id = null
       from study.site t where t.id = f.site_id and t.study_id = $1::int
       returning f.id
     )
     delete from pii.staff_session s using bound where s.staff_id = bound.id`,
    [studyId],
  );
  for (const table of ["study.site", "study.arm", "study.setting"]) {
    await owner.query(`delete from ${table} where study_id = $1::int`, [studyId]);
  }
  await owner.query("delete from study.study where id = $1::int", [studyId]);
}

/** The chunks that may hold the participant's samples or hours of theirs. */
async function chunksOf(owner: Queryable, participantId: number) {
  const { rows } = await owner.query<{ from: Date; to: Date }>(
    `select i.range_start as from, i.range_end as to
     from timescaledb_information.chunks i
     where i.hypertable_schema = 'study' and i.hypertable_name = 'sample'
       and (exists (select from study.sample s where s.participant_id = $1::int
              and s.time >= i.range_start and s.time < i.range_end)
         or exists (select from study.sample_hour h where h.participant_id = $1::int
              and h.hour >= i.range_start and h.hour < i.range_end))
     order by i.range_start`,
    [participantId],
  );
  return rows;
}
