import type { Queryable } from "./pool.ts";
import type { Because } from "./refusal.ts";
import { Refusal } from "./refusal.ts";
import { StudySettings } from "./studies.ts";

/** One version of a study's settings: who made it, when and why. */
export type SettingVersion = Readonly<{
  version: number;
  settings: StudySettings;
  by: string;
  why: string;
  at: Date;
}>;

/** A study with all its parts, as set-up shows it. Versions are newest first; there is always one. */
export type StudySetUp = Readonly<{
  slug: string;
  name: string;
  madeAt: Date;
  participants: number;
  sites: readonly string[];
  arms: readonly string[];
  versions: readonly [SettingVersion, ...SettingVersion[]];
}>;

export type Place = "site" | "arm";

const SLUG = /^[a-z0-9][a-z0-9-]{0,39}$/;

/** Makes a study with the first version of its settings; refuses a short name that is taken or malformed. */
export async function createStudy(
  db: Queryable,
  { slug, name, settings }: Readonly<{ slug: string; name: string; settings: StudySettings }>,
  { by, why }: Because,
): Promise<void> {
  if (!SLUG.test(slug)) {
    throw new Refusal("slug", "must be lower-case letters, digits and hyphens, at most 40");
  }
  if (name.length < 1 || name.length > 200) {
    throw new Refusal("name", "must have 1 to 200 characters");
  }
  const { rowCount } = await db.query(
    `with made as (
       insert into study.study (slug, name) values ($1::text, $2::text)
       on conflict (slug) do nothing
       returning id, slug
     ), first as (
       insert into study.setting (study_id, version, settings, made_by, reason)
       select id, 1, $3::jsonb, $4::text, $5::text from made
     )
     select audit.note($4::text, 'study.create', slug, $5::text,
       jsonb_build_object('name', $2::text, 'settings', $3::jsonb)), nextval('study.change_counter')
     from made`,
    [slug, name, JSON.stringify(settings), by, why],
  );
  if (rowCount === 0) throw new Refusal("slug", `There is a study ${slug} already`);
}

/** Makes the version after `basedOn`; refuses when somebody else has made it meanwhile. `changes` go to the audit. */
export async function changeSettings(
  db: Queryable,
  change: Readonly<{
    slug: string;
    basedOn: number;
    settings: StudySettings;
    changes: Readonly<Record<string, unknown>>;
  }>,
  { by, why }: Because,
): Promise<void> {
  const { rowCount } = await db.query(
    `with made as (
       insert into study.setting (study_id, version, settings, made_by, reason)
       select s.id, $2::int + 1, $3::jsonb, $4::text, $5::text
       from study.study s
       where s.slug = $1::text
         and $2::int = coalesce((select max(v.version) from study.setting v where v.study_id = s.id), 0)
       on conflict do nothing
       returning version
     )
     select audit.note($4::text, 'study.set', $1::text, $5::text,
       jsonb_build_object('version', version, 'changes', $6::jsonb)), nextval('study.change_counter')
     from made`,
    [
      change.slug,
      change.basedOn,
      JSON.stringify(change.settings),
      by,
      why,
      JSON.stringify(change.changes),
    ],
  );
  if (rowCount === 0) {
    throw new Refusal(
      "version",
      `Somebody has changed these settings since version ${change.basedOn}: look at them and try again`,
    );
  }
}

const addPlaceSql = (table: Place) => `
  with made as (
    insert into study.${table} (study_id, name)
    select s.id, $2::text from study.study s where s.slug = $1::text
    on conflict do nothing
    returning name
  )
  select audit.note($3::text, 'study.add_${table}', $1::text, $4::text, jsonb_build_object('name', name))
  from made`;
const ADD_PLACE = { site: addPlaceSql("site"), arm: addPlaceSql("arm") } as const;

/** Adds a site or an arm to a study that is there; refuses a name that is taken or not one. */
export async function addPlace(
  db: Queryable,
  { slug, place, name }: Readonly<{ slug: string; place: Place; name: string }>,
  { by, why }: Because,
): Promise<void> {
  if (name.length < 1 || name.length > 100 || name !== name.trim()) {
    throw new Refusal("name", "must have 1 to 100 characters and no spaces around them");
  }
  const { rowCount } = await db.query(ADD_PLACE[place], [slug, name, by, why]);
  if (rowCount === 0) throw new Refusal("name", `Study ${slug} has the ${place} ${name} already`);
}

type Row = Readonly<{
  slug: string;
  name: string;
  madeAt: Date;
  participants: number;
  sites: string[];
  arms: string[];
}>;

/** Every study with its sites, arms and settings versions, or the one asked for. */
export async function readSetUp(db: Queryable, slug: string | null = null): Promise<StudySetUp[]> {
  const { rows } = await db.query<Row>(
    `select s.slug, s.name, s.made_at as "madeAt",
       (select count(*)::int from study.participant p where p.study_id = s.id) as participants,
       array(select x.name from study.site x where x.study_id = s.id order by x.name) as sites,
       array(select x.name from study.arm x where x.study_id = s.id order by x.name) as arms
     from study.study s
     where $1::text is null or s.slug = $1::text
     order by s.id`,
    [slug],
  );
  const { rows: versions } = await db.query<SettingVersion & { slug: string; settings: unknown }>(
    `select s.slug, v.version, v.settings, v.made_by as by, v.reason as why, v.made_at as at
     from study.setting v
     join study.study s on s.id = v.study_id
     where $1::text is null or s.slug = $1::text
     order by v.version desc`,
    [slug],
  );
  return rows.map((row) => {
    const own = versions
      .filter((version) => version.slug === row.slug)
      .map(({ slug: _, ...version }) => ({
        ...version,
        settings: StudySettings.parse(version.settings),
      }));
    const [newest = unset(row.madeAt), ...older] = own;
    return { ...row, versions: [newest, ...older] };
  });
}

/** What holds for a study nobody has given settings yet. */
function unset(at: Date): SettingVersion {
  return { version: 0, settings: StudySettings.parse({}), by: "Wearflow", why: "defaults", at };
}

/** The study, or a refusal that names those there are. */
export async function findSetUp(db: Queryable, slug: string): Promise<StudySetUp> {
  const all = await readSetUp(db);
  const found = all.find((study) => study.slug === slug);
  if (found) return found;
  const known = all.map((study) => study.slug).join(", ");
  throw new Refusal(
    "study",
    `There is no study ${slug}; ${known === "" ? "make one first: study create" : `there is ${known}`}`,
  );
}
