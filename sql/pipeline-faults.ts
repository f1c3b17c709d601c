import type { Queryable } from "./pool.ts";
import type { Because } from "./refusal.ts";
import { Refusal } from "./refusal.ts";

/** A stretch in which what sources said of a study's connections was not believed. */
export type PipelineFault = Readonly<{
  study: string;
  beganAt: Date;
  reason: string;
  /** Connections whose refusal was held back. */
  held: number;
  endedAt: Date | null;
  endedBy: string | null;
}>;

/** Every fault, the newest first; of one study or of all. */
export async function listPipelineFaults(
  db: Queryable,
  study: string | null,
): Promise<PipelineFault[]> {
  const { rows } = await db.query<PipelineFault>(
    `select s.slug as study, f.began_at as "beganAt", f.reason, f.ended_at as "endedAt", f.ended_by as "endedBy",
       (select count(distinct e.connection_id) from study.connection_event e
        join study.connection k on k.id = e.connection_id
        join study.participant p on p.id = k.participant_id
        where p.study_id = f.study_id and e.held and e.at > f.began_at - interval '1 hour'
          and e.at <= coalesce(f.ended_at, 'infinity'))::int as held
     from study.pipeline_fault f
     join study.study s on s.id = f.study_id
     where $1::text is null or s.slug = $1::text
     order by f.began_at desc`,
    [study],
  );
  return rows;
}

/** Ends a study's open fault: what sources say from now on is believed again. Refused where none is open. */
export async function endPipelineFault(
  db: Queryable,
  study: string,
  { by, why }: Because,
): Promise<void> {
  const { rowCount } = await db.query(
    `with ended as (
       update study.pipeline_fault f set ended_at = now(), ended_by = $2::text
       from study.study s
       where s.id = f.study_id and s.slug = $1::text and f.ended_at is null
       returning f.began_at
     )
     select audit.note($2::text, 'pipeline_fault.end', $1::text, $3::text,
       jsonb_build_object('began_at', began_at)), nextval('study.change_counter')
     from ended`,
    [study, by, why],
  );
  if (rowCount === 0) throw new Refusal("study", `No pipeline fault is open in ${study}`);
}
