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
  const removed = await removeSamples(owner, participantId);
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

/** What stays of who withdrew and wanted everything erased: that they took part, and what became of them. */
const KEPT: ReadonlySet<string> = new Set([
  "study.participant_state_change",
  "study.participant_zone",
  "study.withdrawal",
]);

/**
 * Erases everything measured of a participant and everything written to them, the key of their contact data first,
 * and keeps their own row with its states. `keepConnection` leaves the grant, which has yet to be given back. Whatever
 * table holds rows of participants is emptied of theirs, listed here or not; throws where some are there afterwards.
 * `owner` must own the tables. Returns how many samples and other rows went.
 */
export async function eraseParticipant(
  owner: Queryable,
  participantId: number,
  { keepConnection }: Readonly<{ keepConnection: boolean }>,
): Promise<Readonly<{ samples: number; rows: number }>> {
  let rows = await removeFrom(owner, "pii.contact", participantId);
  const samples = await removeSamples(owner, participantId);
  const spared = new Set(keepConnection ? [...KEPT, "study.connection"] : KEPT);
  const tables = await tablesOfParticipants(owner, spared);
  for (const table of tables) rows += await removeFrom(owner, table, participantId);
  // Where somebody was when says where they travelled: the zone they began in is enough for their days.
  await owner.query(
    "delete from study.participant_zone where participant_id = $1::int and isfinite(from_at)",
    [participantId],
  );
  for (const table of [...tables, "study.sample"]) {
    const left = await owner.query(`select from ${table} where participant_id = $1::int limit 1`, [
      participantId,
    ]);
    if (left.rowCount !== 0) throw new Error(`Rows came into ${table} while it was erased`);
  }
  return { samples, rows };
}

async function removeFrom(owner: Queryable, table: string, participantId: number) {
  const { rowCount } = await owner.query(`delete from ${table} where participant_id = $1::int`, [
    participantId,
  ]);
  return rowCount ?? 0;
}

/** Tables with rows of participants, children before parents; those nobody listed come first. */
async function tablesOfParticipants(owner: Queryable, spared: ReadonlySet<string>) {
  const { rows } = await owner.query<{ name: string }>(
    `select format('%I.%I', n.nspname, c.relname) as name
     from pg_class c
     join pg_namespace n on n.oid = c.relnamespace and n.nspname in ('study', 'pii')
     join pg_attribute a on a.attrelid = c.oid and a.attname = 'participant_id' and not a.attisdropped
     where c.relkind in ('r', 'p')`,
  );
  const place = new Map<string, number>(TABLES.map((table, index) => [table, index]));
  return rows
    .map(({ name }) => name)
    .filter((name) => name !== "study.sample" && !spared.has(name))
    .toSorted((a, b) => (place.get(a) ?? -1) - (place.get(b) ?? -1) || (a < b ? -1 : 1));
}

/** Chunk by chunk, each followed by a refresh of its hours. */
async function removeSamples(owner: Queryable, participantId: number): Promise<number> {
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
