import type { Queryable } from "./pool.ts";
import type { StaffRole, StaffSite } from "./staff.ts";

/** A session nobody used for so long is over, and every session is after so many hours. */
const IDLE_MINUTES = 30;
const SESSION_HOURS = 12;

/** Whose session it is. */
export type SignedIn = Readonly<{
  staffId: number;
  login: string;
  role: StaffRole;
  site: StaffSite | null;
}>;

/**
 * Begins a session under a fresh token, in place of the one the browser had; sessions that are over are swept. Null
 * where the account has been shut out meanwhile. `how` says how they proved who they are.
 */
export async function beginSession(
  db: Queryable,
  {
    staffId,
    tokenHash,
    replaces,
    how,
  }: Readonly<{ staffId: number; tokenHash: Buffer; replaces: Buffer | null; how: string }>,
): Promise<string | null> {
  const { rows } = await db.query<{ login: string }>(
    `with swept as (
       delete from pii.staff_session
       where token_hash = $3::bytea or ends_at < now()
         or seen_at < now() - make_interval(mins => $5::int)
     ), begun as (
       insert into pii.staff_session (token_hash, staff_id, ends_at)
       select $2::bytea, id, now() + make_interval(hours => $6::int)
       from pii.staff where id = $1::int and disabled_at is null
       returning staff_id
     )
     select f.login, audit.note(f.login, 'sign_in.done', f.login, $4::text, '{}')
     from begun join pii.staff f on f.id = begun.staff_id`,
    [staffId, tokenHash, replaces, how, IDLE_MINUTES, SESSION_HOURS],
  );
  return rows[0]?.login ?? null;
}

type Row = Readonly<{
  staffId: number;
  login: string;
  role: StaffRole;
  siteStudy: string | null;
  siteName: string | null;
  isStale: boolean;
}>;

/** Whose session this is while it lasts, else null. `use` says that a person used it just now, which keeps it alive. */
export async function readSession(
  db: Queryable,
  tokenHash: Buffer,
  { use }: Readonly<{ use: boolean }>,
): Promise<SignedIn | null> {
  const { rows } = await db.query<Row>(
    `select f.id as "staffId", f.login, f.role, s.slug as "siteStudy", t.name as "siteName",
       x.seen_at < now() - interval '1 minute' as "isStale"
     from pii.staff_session x
     join pii.staff f on f.id = x.staff_id and f.disabled_at is null
     left join study.site t on t.id = f.site_id
     left join study.study s on s.id = t.study_id
     where x.token_hash = $1::bytea and x.ends_at > now()
       and x.seen_at > now() - make_interval(mins => $2::int)`,
    [tokenHash, IDLE_MINUTES],
  );
  const [row] = rows;
  if (row === undefined) return null;
  if (use && row.isStale) {
    await db.query("update pii.staff_session set seen_at = now() where token_hash = $1::bytea", [
      tokenHash,
    ]);
  }
  const { staffId, login, role, siteStudy, siteName } = row;
  const bound = siteStudy !== null && siteName !== null;
  return { staffId, login, role, site: bound ? { study: siteStudy, name: siteName } : null };
}

/** Ends this session, as its owner asked. */
export async function endSession(db: Queryable, tokenHash: Buffer): Promise<void> {
  await db.query(
    `with ended as (
       delete from pii.staff_session where token_hash = $1::bytea returning staff_id
     )
     select audit.note(f.login, 'sign_in.end', f.login, 'signed out', '{}')
     from ended join pii.staff f on f.id = ended.staff_id`,
    [tokenHash],
  );
}
