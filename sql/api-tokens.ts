import type { Queryable } from "./pool.ts";
import type { Because } from "./refusal.ts";
import { Refusal } from "./refusal.ts";
import type { StaffRole, StaffSite } from "./staff.ts";

/** What a token is good for: reading what is known, and having something fetched or imputed now. */
export const TOKEN_SCOPES = ["read", "run"] as const;
export type TokenScope = (typeof TOKEN_SCOPES)[number];

/** No token lives longer. */
export const LONGEST_TOKEN_DAYS = 366;

export type NewToken = Readonly<{
  login: string;
  name: string;
  scopes: readonly TokenScope[];
  days: number;
  tokenHash: Buffer;
}>;

/** Makes a token with the rights of a member of staff; its end is counted by the database's clock. */
export async function makeApiToken(
  db: Queryable,
  { login, name, scopes, days, tokenHash }: NewToken,
  { by, why }: Because,
): Promise<void> {
  const { rowCount } = await db.query(
    `with made as (
       insert into pii.api_token (token_hash, staff_id, name, scopes, made_by, expires_at)
       select $3::bytea, f.id, $2::text, $4::text[], $6::text, now() + make_interval(days => $5::int)
       from pii.staff f where f.login = lower($1::text) and f.disabled_at is null
       on conflict (staff_id, name) where revoked_at is null do nothing
       returning staff_id, expires_at
     )
     select audit.note($6::text, 'api_token.make', f.login, $7::text,
       jsonb_build_object('token', $2::text, 'scopes', $4::text[], 'until', made.expires_at))
     from made join pii.staff f on f.id = made.staff_id`,
    [login, name, tokenHash, scopes, days, by, why],
  );
  if (rowCount === 0) {
    throw new Refusal(
      "login",
      `${login} has a token ${name} already, is shut out, or is nobody here`,
    );
  }
}

/** A token as an administrator sees it; the token itself is nowhere. */
export type ApiToken = Readonly<{
  login: string;
  name: string;
  scopes: readonly TokenScope[];
  expiresAt: Date;
  lastUsedAt: Date | null;
  state: "good" | "expired" | "taken back" | "shut out";
}>;

/** Every token there ever was, by login and name, the newest last. */
export async function listApiTokens(db: Queryable): Promise<ApiToken[]> {
  const { rows } = await db.query<ApiToken>(
    `select f.login, t.name, t.scopes, t.expires_at as "expiresAt", t.last_used_at as "lastUsedAt",
       case when t.revoked_at is not null then 'taken back' when f.disabled_at is not null then 'shut out'
         when t.expires_at <= now() then 'expired' else 'good' end as state
     from pii.api_token t join pii.staff f on f.id = t.staff_id
     order by f.login, t.name, t.id`,
  );
  return rows;
}

/** Takes a token back; it is refused from the next request on. */
export async function revokeApiToken(
  db: Queryable,
  { login, name }: Readonly<{ login: string; name: string }>,
  { by, why }: Because,
): Promise<void> {
  const { rowCount } = await db.query(
    `with revoked as (
       update pii.api_token t set revoked_at = now()
       from pii.staff f
       where f.id = t.staff_id and f.login = lower($1::text) and t.name = $2::text and t.revoked_at is null
       returning f.login
     )
     select audit.note($3::text, 'api_token.revoke', login, $4::text, jsonb_build_object('token', $2::text))
     from revoked`,
    [login, name, by, why],
  );
  if (rowCount === 0) throw new Refusal("name", `${login} has no token ${name} that is still good`);
}

/** Whose rights a token has, and which of them. */
export type TokenHolder = Readonly<{
  staffId: number;
  login: string;
  token: string;
  role: StaffRole;
  site: StaffSite | null;
  scopes: readonly TokenScope[];
}>;

type Row = Omit<TokenHolder, "site"> &
  Readonly<{ siteStudy: string | null; siteName: string | null }>;

/** Whose token this is while it is good, else null; that it was used is noted to the minute. */
export async function readApiToken(db: Queryable, tokenHash: Buffer): Promise<TokenHolder | null> {
  const { rows } = await db.query<Row>(
    `with used as (
       update pii.api_token set last_used_at = now()
       where token_hash = $1::bytea and (last_used_at is null or last_used_at < now() - interval '1 minute')
     )
     select f.id as "staffId", f.login, t.name as token, f.role, t.scopes, s.slug as "siteStudy",
       site.name as "siteName"
     from pii.api_token t
     join pii.staff f on f.id = t.staff_id and f.disabled_at is null
     left join study.site site on site.id = f.site_id
     left join study.study s on s.id = site.study_id
     where t.token_hash = $1::bytea and t.revoked_at is null and t.expires_at > now()`,
    [tokenHash],
  );
  const [row] = rows;
  if (row === undefined) return null;
  const { siteStudy, siteName, ...holder } = row;
  const bound = siteStudy !== null && siteName !== null;
  return { ...holder, site: bound ? { study: siteStudy, name: siteName } : null };
}
