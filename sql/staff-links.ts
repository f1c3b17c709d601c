import type { Queryable } from "./pool.ts";
import type { Because } from "./refusal.ts";
import { Refusal } from "./refusal.ts";

/** Hours for which a link to set a password works. */
export const LINK_HOURS = 24;

/** What an unused link is for: whose password, or the first administrator's account. */
export type StaffLink = Readonly<{ login: string | null }>;

/** Makes the link by which somebody sets their password, and kills their earlier ones. */
export async function makeStaffLink(
  db: Queryable,
  { login, tokenHash }: Readonly<{ login: string; tokenHash: Buffer }>,
  { by, why }: Because,
): Promise<void> {
  const { rowCount } = await db.query(
    `with person as (
       select id, login from pii.staff
       where login = lower($1::text) and disabled_at is null and oidc_subject is null
     ), dead as (
       delete from pii.staff_link l using person p where l.staff_id = p.id
     ), made as (
       insert into pii.staff_link (token_hash, staff_id, made_by, expires_at)
       select $2::bytea, id, $3::text, now() + make_interval(hours => $5::int) from person
     )
     select audit.note($3::text, 'staff.link', login, $4::text, '{}') from person`,
    [login, tokenHash, by, why, LINK_HOURS],
  );
  if (rowCount === 0) {
    throw new Refusal("login", `${login} is no member of staff who signs in with a password here`);
  }
}

/** Makes the link of the first administrator; an earlier one dies. False where there is staff already. */
export async function makeFirstLink(
  db: Queryable,
  { tokenHash, by }: Readonly<{ tokenHash: Buffer; by: string }>,
): Promise<boolean> {
  const { rowCount } = await db.query(
    `with open as (
       select 1 where not exists (select from pii.staff)
     ), dead as (
       delete from pii.staff_link where staff_id is null and exists (select from open)
     )
     insert into pii.staff_link (token_hash, made_by, expires_at)
     select $1::bytea, $2::text, now() + make_interval(hours => $3::int) from open`,
    [tokenHash, by, LINK_HOURS],
  );
  return rowCount === 1;
}

/** The link behind this hash while it can be used, else null. */
export async function findStaffLink(db: Queryable, tokenHash: Buffer): Promise<StaffLink | null> {
  const { rows } = await db.query<StaffLink>(
    `select f.login from pii.staff_link l
     left join pii.staff f on f.id = l.staff_id
     where l.token_hash = $1::bytea and l.used_at is null and l.expires_at > now()
       and (l.staff_id is not null or not exists (select from pii.staff))`,
    [tokenHash],
  );
  return rows[0] ?? null;
}

/**
 * Uses up a link: sets the password, ends the sessions it was reset under, and returns whose it is; null where the
 * link is no longer good. The first administrator's link makes that account, once: every open one is used up with it.
 */
export async function spendStaffLink(
  db: Queryable,
  { tokenHash, passwordHash }: Readonly<{ tokenHash: Buffer; passwordHash: string }>,
): Promise<number | null> {
  const { rows } = await db.query<{ id: number }>(
    `with spent as (
       update pii.staff_link set used_at = now()
       where token_hash = $1::bytea and staff_id is not null and used_at is null and expires_at > now()
       returning staff_id
     ), changed as (
       update pii.staff f set password_hash = $2::text from spent
       where f.id = spent.staff_id and f.disabled_at is null
       returning f.id, f.login
     ), ended as (
       delete from pii.staff_session s using changed c where s.staff_id = c.id
     )
     select id, audit.note(login, 'staff.set_password', login, 'by one-time link', '{}') from changed`,
    [tokenHash, passwordHash],
  );
  return rows[0]?.id ?? null;
}

/** As `spendStaffLink` does, for the link that makes the first administrator under this login. */
export async function spendFirstLink(
  db: Queryable,
  {
    tokenHash,
    passwordHash,
    login,
  }: Readonly<{ tokenHash: Buffer; passwordHash: string; login: string }>,
): Promise<number | null> {
  const { rows } = await db.query<{ id: number }>(
    `with spent as (
       update pii.staff_link set used_at = now()
       where staff_id is null and used_at is null and expires_at > now()
       returning token_hash
     ), added as (
       insert into pii.staff (login, role, password_hash, made_by)
       select $3::text, 'admin', $2::text, 'first link' from spent
       where token_hash = $1::bytea and not exists (select from pii.staff)
       returning id, login
     )
     select id, audit.note(login, 'staff.first_admin', login, 'by the one-time link of the first start', '{}')
     from added`,
    [tokenHash, passwordHash, login],
  );
  return rows[0]?.id ?? null;
}
