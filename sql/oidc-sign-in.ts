import type { Queryable } from "./pool.ts";
import { only } from "./pool.ts";
import { Refusal } from "./refusal.ts";
import type { StaffRole, StaffSite } from "./staff.ts";
import { siteIdOf, siteWords } from "./staff.ts";

/** Minutes somebody may take at the identity provider. */
const REQUEST_MINUTES = 10;

/** What is kept of a sign-in while it is at the identity provider. */
export type OidcRequest = Readonly<{
  state: string;
  nonce: string;
  codeVerifier: string;
  nextPath: string;
}>;

/** Keeps a sign-in that goes to the provider, by the hash of the browser's secret; old ones are swept. */
export async function keepOidcRequest(
  db: Queryable,
  tokenHash: Buffer,
  { state, nonce, codeVerifier, nextPath }: OidcRequest,
): Promise<void> {
  await db.query(
    `with swept as (
       delete from pii.oidc_request where expires_at < now()
     )
     insert into pii.oidc_request (token_hash, state, nonce, code_verifier, next_path, expires_at)
     values ($1::bytea, $2::text, $3::text, $4::text, $5::text, now() + make_interval(mins => $6::int))`,
    [tokenHash, state, nonce, codeVerifier, nextPath, REQUEST_MINUTES],
  );
}

/** Takes it out again, once; null for one nobody began, that was taken already or that took too long. */
export async function takeOidcRequest(
  db: Queryable,
  tokenHash: Buffer,
): Promise<OidcRequest | null> {
  const { rows } = await db.query<OidcRequest & Readonly<{ inTime: boolean }>>(
    `delete from pii.oidc_request where token_hash = $1::bytea
     returning state, nonce, code_verifier as "codeVerifier", next_path as "nextPath", expires_at > now() as "inTime"`,
    [tokenHash],
  );
  const [row] = rows;
  return row?.inTime ? row : null;
}

export type OidcStaff = Readonly<{
  issuer: string;
  subject: string;
  login: string;
  role: StaffRole;
  site: StaffSite | null;
}>;

/**
 * The account of who came back, made at the first sign-in; role and site are what the groups say now, and a change
 * of them ends older sessions. A login that another account has is never taken over: that is a refusal.
 */
export async function bringOidcStaff(db: Queryable, person: OidcStaff): Promise<number> {
  const { issuer, subject, login, role, site } = person;
  const siteId = await siteIdOf(db, site);
  try {
    const { rows } = await db.query<{ id: number }>(BRING, [
      issuer,
      subject,
      login,
      role,
      siteId,
      siteWords(site),
    ]);
    return only(rows, "account of the identity provider").id;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "23505") {
      throw new Refusal("login", "Another account here has this login");
    }
    throw error;
  }
}

const BRING = `
with before as (
  select id, role, site_id from pii.staff where oidc_issuer = $1::text and oidc_subject = $2::text
), brought as (
  insert into pii.staff (login, role, site_id, oidc_issuer, oidc_subject, made_by)
  values ($3::text, $4::text, $5::int, $1::text, $2::text, 'identity provider')
  on conflict (oidc_issuer, oidc_subject) do update set role = excluded.role, site_id = excluded.site_id
  returning id, login
), changed as (
  select b.id, b.login from brought b left join before o on o.id = b.id
  where o.id is null or o.role <> $4::text or o.site_id is distinct from $5::int
), ended as (
  delete from pii.staff_session s using changed c where s.staff_id = c.id
), noted as (
  select audit.note(login, 'staff.from_provider', login, 'groups at the identity provider',
    jsonb_build_object('role', $4::text, 'site', $6::text)) as seq
  from changed
)
select id, (select count(seq) from noted) as noted from brought`;

/** Ends the sessions of somebody whose groups no longer make them anybody here. */
export async function dropOidcStaff(
  db: Queryable,
  { issuer, subject }: Readonly<{ issuer: string; subject: string }>,
): Promise<void> {
  await db.query(
    `delete from pii.staff_session s using pii.staff f
     where s.staff_id = f.id and f.oidc_issuer = $1::text and f.oidc_subject = $2::text`,
    [issuer, subject],
  );
}
