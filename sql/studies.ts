import { z } from "zod";
import type { Queryable } from "./pool.ts";
import { only } from "./pool.ts";

/** A study's rules. Every field has a default, so an older version stays readable. */
export const StudySettings = z.strictObject({
  /** Minutes between two looks at each participant's data, beside the daily run; null = daily only. */
  ingestIntervalMinutes: z.number().int().min(1).max(1440).nullable().default(null),
});

export type StudySettings = Readonly<z.infer<typeof StudySettings>>;

export type Study = Readonly<{ id: number; slug: string; name: string; settings: StudySettings }>;

/** All studies with the settings in force; throws where a stored version cannot be read. */
export async function listStudies(db: Queryable): Promise<Study[]> {
  const { rows } = await db.query<{ id: number; slug: string; name: string; settings: unknown }>(
    `select s.id, s.slug, s.name, coalesce(setting.settings, '{}'::jsonb) as settings
     from study.study s
     left join lateral (
       select v.settings from study.setting v where v.study_id = s.id order by v.version desc limit 1
     ) setting on true
     order by s.id`,
  );
  return rows.map((row) => ({ ...row, settings: StudySettings.parse(row.settings) }));
}

/** Makes the study if it is not there, with its first settings; returns its id. Run twice = no change. */
export async function ensureStudy(
  db: Queryable,
  study: Readonly<{ slug: string; name: string; settings: StudySettings; by: string; why: string }>,
): Promise<number> {
  await db.query(
    `with made as (
       insert into study.study (slug, name) values ($1::text, $2::text)
       on conflict (slug) do nothing
       returning id
     )
     insert into study.setting (study_id, version, settings, made_by, reason)
     select id, 1, $3::jsonb, $4::text, $5::text from made`,
    [study.slug, study.name, JSON.stringify(study.settings), study.by, study.why],
  );
  const { rows } = await db.query<{ id: number }>(
    "select id from study.study where slug = $1::text",
    [study.slug],
  );
  return only(rows, `study ${study.slug}`).id;
}
