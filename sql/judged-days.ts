import type { JudgedDay } from "../adherence/judge-days.ts";
import type { Queryable } from "./pool.ts";
import { only } from "./pool.ts";

/** What storing a judgement changed. */
export type Changed = Readonly<{ days: number; gaps: number }>;

/** Stores judged days; a day that came out as before keeps its row and its time. */
export async function storeJudgedDays(
  db: Queryable,
  participantId: number,
  days: readonly JudgedDay[],
  { settingsVersion, now }: Readonly<{ settingsVersion: number; now: Date }>,
): Promise<number> {
  const { rowCount } = await db.query(
    `insert into study.judged_day as j (participant_id, day, starts_at, ends_at, expected_minutes, received_minutes,
       wear_minutes, state, valid_so_far, proof, settings_version, judged_at)
     select $1::int, g.*, $10::int, $11::timestamptz
     from (
       select d.day, timestamptz 'epoch' + d.starts * interval '1 millisecond', timestamptz 'epoch' + d.ends * interval '1 millisecond',
         d.expected, d.received, d.worn, d.state, d.valid, d.proof::jsonb
       from unnest($2::date[], $3::float8[], $4::float8[], $5::int[], $6::int[], $7::int[], $8::text[], $9::text[], $12::bool[])
         as d (day, starts, ends, expected, received, worn, state, proof, valid)
     ) g
     on conflict (participant_id, day) do update set
       starts_at = excluded.starts_at,
       ends_at = excluded.ends_at,
       expected_minutes = excluded.expected_minutes,
       received_minutes = excluded.received_minutes,
       wear_minutes = excluded.wear_minutes,
       state = excluded.state,
       valid_so_far = excluded.valid_so_far,
       proof = excluded.proof,
       settings_version = excluded.settings_version,
       judged_at = excluded.judged_at
     where (j.starts_at, j.ends_at, j.received_minutes, j.wear_minutes, j.state, j.valid_so_far, j.proof, j.settings_version)
       is distinct from (excluded.starts_at, excluded.ends_at, excluded.received_minutes, excluded.wear_minutes,
         excluded.state, excluded.valid_so_far, excluded.proof, excluded.settings_version)`,
    [
      participantId,
      days.map(({ day }) => day),
      days.map(({ startMs }) => startMs),
      days.map(({ endMs }) => endMs),
      days.map(({ expectedMinutes }) => expectedMinutes),
      days.map(({ receivedMinutes }) => receivedMinutes),
      days.map(({ wearMinutes }) => wearMinutes),
      days.map(({ state }) => state),
      days.map(({ proof }) => JSON.stringify(proof)),
      settingsVersion,
      now,
      days.map(({ validSoFar }) => validSoFar),
    ],
  );
  return rowCount ?? 0;
}

/** Records that all days of a participant were judged anew. */
export async function noteRejudgement(
  db: Queryable,
  participantId: number,
  {
    at,
    reason,
    fromVersion,
    toVersion,
    days,
    changed,
  }: Readonly<{
    at: Date;
    reason: "first" | "rules" | "source" | "command";
    fromVersion: number | null;
    toVersion: number;
    days: number;
    changed: Changed;
  }>,
): Promise<void> {
  await db.query(
    `insert into study.rejudgement (participant_id, at, reason, from_version, to_version, days, changed_days, changed_gaps)
     values ($1::int, $2::timestamptz, $3::text, $4::int, $5::int, $6::int, $7::int, $8::int)`,
    [participantId, at, reason, fromVersion, toVersion, days, changed.days, changed.gaps],
  );
}

/** Begins and ends the participant's episodes by their flags, each once; answers how many events that was. */
export async function noteEpisodes(
  db: Queryable,
  participantId: number,
  at: Date,
): Promise<number> {
  const { rows } = await db.query<{ events: number }>(
    "select study.note_episodes($1::int, $2::timestamptz) as events",
    [participantId, at],
  );
  return only(rows, "participant").events;
}
