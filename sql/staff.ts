import type { Queryable } from "./pool.ts";
import type { Because } from "./refusal.ts";
import { Refusal } from "./refusal.ts";

export type StaffRole = "coordinator" | "researcher" | "ops" | "admin";

/** A site by its study's slug and its own name. */
export type StaffSite = Readonly<{ study: string; name: string }>;

/** A member of staff. */
export type Staff = Readonly<{
  id: number;
  login: string;
  role: StaffRole;
  /** The site a coordinator is bound to; null for every site. */
  site: StaffSite | null;
  disabledAt: Date | null;
  /** How they prove who they are: a password, the identity provider, or not yet. */
  proof: "password" | "oidc" | "none";
}>;

type Row = Omit<Staff, "site"> & Readonly<{ siteStudy: string | null; siteName: string | null }>;

const SELECT = `
  select f.id, f.login, f.role, f.disabled_at as "disabledAt", s.slug as "siteStudy", t.name as "siteName",
    case when f.oidc_subject is not null then 'oidc' when f.password_hash is not null then 'password' else 'none' end as proof
  from pii.staff f
  left join study.site t on t.id = f.site_id
  left join study.study s on s.id = t.study_id`;

/** Everybody who may or might sign in, in order of login. */
export async function listStaff(db: Queryable): Promise<Staff[]> {
  const { rows } = await db.query<Row>(`${SELECT} order by f.login`);
  return rows.map(staffOf);
}

/** The member of staff with this login, or null. */
export async function findStaff(db: Queryable, login: string): Promise<Staff | null> {
  const { rows } = await db.query<Row>(`${SELECT} where f.login = lower($1::text)`, [login]);
  return rows[0] === undefined ? null : staffOf(rows[0]);
}

function staffOf({ siteStudy, siteName, ...row }: Row): Staff {
  const bound = siteStudy !== null && siteName !== null;
  return { ...row, site: bound ? { study: siteStudy, name: siteName } : null };
}

/** Whether anybody has an account yet. */
export async function hasStaff(db: Queryable): Promise<boolean> {
  const { rows } = await db.query("select from pii.staff limit 1");
  return rows.length > 0;
}

/** A login is typed by people: short, and the same in capitals. */
const LOGIN = /^[a-z0-9][a-z0-9._@+-]{1,99}$/;

/** The login as it is kept, or a refusal. */
export function readLogin(text: string): string {
  const login = text.trim().toLowerCase();
  if (LOGIN.test(login)) return login;
  throw new Refusal("login", "A login is 2 to 100 letters, digits and . _ @ + -");
}

export type NewStaff = Readonly<{ login: string; role: StaffRole; site: StaffSite | null }>;

/** Makes a member of staff, who cannot sign in yet. */
export async function addStaff(
  db: Queryable,
  person: NewStaff,
  { by, why }: Because,
): Promise<void> {
  const { login, role, site } = person;
  const siteId = await siteIdOf(db, site);
  const { rowCount } = await db.query(
    `with added as (
       insert into pii.staff (login, role, site_id, made_by)
       values ($1::text, $2::text, $3::int, $4::text)
       on conflict (login) do nothing
       returning login
     )
     select audit.note($4::text, 'staff.add', login, $5::text, jsonb_build_object('role', $2::text, 'site', $6::text))
     from added`,
    [readLogin(login), role, siteId, by, why, siteWords(site)],
  );
  if (rowCount === 0) throw new Refusal("login", `There is a member of staff ${login} already`);
}

/** Makes a member of staff something else, or binds them to another site; sessions under the old rights end. */
export async function changeStaff(
  db: Queryable,
  person: NewStaff,
  { by, why }: Because,
): Promise<void> {
  const { login, role, site } = person;
  const siteId = await siteIdOf(db, site);
  const { rowCount } = await db.query(
    `with changed as (
       update pii.staff set role = $2::text, site_id = $3::int
       where login = lower($1::text) and oidc_subject is null
         and (role <> $2::text or site_id is distinct from $3::int)
       returning id, login
     ), ended as (
       delete from pii.staff_session s using changed c where s.staff_id = c.id
     )
     select audit.note($4::text, 'staff.change', login, $5::text, jsonb_build_object('role', $2::text, 'site', $6::text))
     from changed`,
    [login, role, siteId, by, why, siteWords(site)],
  );
  if (rowCount === 0) {
    throw new Refusal(
      "login",
      `${login} is that already, or signs in at the identity provider, or is nobody here`,
    );
  }
}

/** The site's id; null for none; a refusal where there is no such site. */
export async function siteIdOf(db: Queryable, site: StaffSite | null): Promise<number | null> {
  if (site === null) return null;
  const { rows } = await db.query<{ id: number }>(
    `select t.id from study.site t join study.study s on s.id = t.study_id
     where s.slug = $1::text and t.name = $2::text`,
    [site.study, site.name],
  );
  const id = rows[0]?.id;
  if (id === undefined) throw new Refusal("site", `Study ${site.study} has no site ${site.name}`);
  return id;
}

export function siteWords(site: StaffSite | null): string {
  return site === null ? "every site" : `${site.study}/${site.name}`;
}

/** Shuts a member of staff out, or lets them in again; shutting out ends every session and link at once. */
export async function setDisabled(
  db: Queryable,
  { login, disabled }: Readonly<{ login: string; disabled: boolean }>,
  { by, why }: Because,
): Promise<void> {
  const { rowCount } = await db.query(
    `with changed as (
       update pii.staff set disabled_at = case when $2::boolean then now() end
       where login = lower($1::text) and (disabled_at is null) = $2::boolean
       returning id, login
     ), ended as (
       delete from pii.staff_session s using changed c where s.staff_id = c.id and $2::boolean
     ), dead as (
       delete from pii.staff_link l using changed c where l.staff_id = c.id and $2::boolean
     )
     select audit.note($3::text, case when $2::boolean then 'staff.disable' else 'staff.enable' end, login, $4::text, '{}')
     from changed`,
    [login, disabled, by, why],
  );
  if ((rowCount ?? 0) > 0) return;
  const there = await findStaff(db, login);
  if (there === null) throw new Refusal("login", `There is no member of staff ${login}`);
  throw new Refusal("login", `${login} is ${disabled ? "shut out" : "let in"} already`);
}

/** Ends every session of a member of staff and returns how many. */
export async function endSessions(
  db: Queryable,
  login: string,
  { by, why }: Because,
): Promise<number> {
  const { rows } = await db.query<{ ended: number }>(
    `with person as (
       select id, login from pii.staff where login = lower($1::text)
     ), ended as (
       delete from pii.staff_session s using person p where s.staff_id = p.id returning 1
     )
     select (select count(*) from ended)::int as ended,
       audit.note($2::text, 'staff.end_sessions', login, $3::text,
         jsonb_build_object('sessions', (select count(*) from ended)))
     from person`,
    [login, by, why],
  );
  const found = rows[0];
  if (found === undefined) throw new Refusal("login", `There is no member of staff ${login}`);
  return found.ended;
}
