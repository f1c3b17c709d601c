import type { Queryable } from "./pool.ts";
import type { Because } from "./refusal.ts";
import { Refusal } from "./refusal.ts";
import type { StaffRole, StaffSite } from "./staff.ts";
import type { Study } from "./studies.ts";

/** How many participants of a site (null: of none) something is so of, or how many messages. */
export type DigestCount = Readonly<{
  study: string;
  site: string | null;
  what: string;
  count: number;
}>;

/**
 * What waits in a study, counted by site: participants by what is true of them, messages nobody knows the end of or that
 * came back within a day, and calls that are due. While a fault of ours is open, nothing is said of participants.
 */
export async function readDigestCounts(
  db: Queryable,
  { slug, settings }: Pick<Study, "slug" | "settings">,
  callAfter: number,
): Promise<readonly DigestCount[]> {
  const { rows } = await db.query<DigestCount>(
    `with s as (
       select id, exists (select from study.pipeline_fault f where f.study_id = st.id and f.ended_at is null) as faulty
       from study.study st where slug = $1::text
     ), people as (
       select p.id, p.state, t.name as site from study.participant p join s on s.id = p.study_id
       left join study.site t on t.id = p.site_id
     ), found as (
       select people.site, g.template as what
       from study.message_grounds(null, $2::jsonb, now()) g join people on people.id = g.participant_id, s
       where not s.faulty and g.template not in ('thanks', 'study_end')
       union all
       select people.site, 'taken_back'
       from study.connection c join people on people.id = c.participant_id and people.state in ('invited', 'active'), s
       where not s.faulty and c.status = 'revoked'
       union all
       select people.site, 'message_' || m.status
       from study.message m join people on people.id = m.participant_id
       where m.status = 'unknown' or m.status in ('bounced', 'failed') and m.status_at > now() - interval '24 hours'
       union all
       select people.site, 'call' from people
       where people.state = 'active' and exists (
           select from study.message m where m.participant_id = people.id and m.followed_48h = false)
         and study.messages_without_effect(people.id) >= $3::int
       union all
       select null, 'fault' from s where faulty
       union all
       select null, 'hold' from study.message_hold h join s on s.id = h.study_id
     )
     select $1::text as study, site, what, count(*)::int as count from found group by site, what order by what, site`,
    [slug, JSON.stringify(settings), callAfter],
  );
  return rows;
}

/** Somebody the digest goes to. */
export type DigestReader = Readonly<{
  staffId: number;
  email: string;
  role: StaffRole;
  site: StaffSite | null;
}>;

/** Everybody who gets it and may sign in. Researchers work on data, not on people: they get none. */
export async function listDigestReaders(db: Queryable): Promise<readonly DigestReader[]> {
  const { rows } = await db.query<
    Omit<DigestReader, "site"> & Readonly<{ siteStudy: string | null; siteName: string | null }>
  >(
    `select f.id as "staffId", f.digest_email as email, f.role, s.slug as "siteStudy", t.name as "siteName"
     from pii.staff f
     left join study.site t on t.id = f.site_id
     left join study.study s on s.id = t.study_id
     where f.digest_email is not null and f.disabled_at is null and f.role in ('coordinator', 'ops', 'admin')
     order by f.id`,
  );
  return rows.map(({ siteStudy, siteName, ...row }) => ({
    ...row,
    site: siteStudy === null || siteName === null ? null : { study: siteStudy, name: siteName },
  }));
}

/** Sets where somebody's digest goes; null ends it. The audit says that it changed and not to what. */
export async function setDigestEmail(
  db: Queryable,
  { login, email }: Readonly<{ login: string; email: string | null }>,
  { by, why }: Because,
): Promise<void> {
  const { rowCount } = await db.query(
    `with changed as (
       update pii.staff set digest_email = $2::text
       where login = lower($1::text) and digest_email is distinct from $2::text
         and ($2::text is null or role <> 'researcher')
       returning login
     )
     select audit.note($3::text, 'staff.digest', login, $4::text,
       jsonb_build_object('fields', jsonb_build_array('digest_email'), 'gets_it', $2::text is not null))
     from changed`,
    [login, email, by, why],
  );
  if (rowCount === 0) {
    throw new Refusal("login", `${login} is no member of staff who could get it, or that is so`);
  }
}

export type DigestText = Readonly<{ subject: string; text: string; html: string }>;

/** Today's UTC day by the database's clock: a process with a wrong one sends no second digest. */
export async function readDigestDay(db: Queryable): Promise<string> {
  const { rows } = await db.query<{ day: string }>(
    "select (now() at time zone 'UTC')::date as day",
  );
  return rows[0]?.day ?? "";
}

/**
 * Claims a person's digest of a day for sending; its text is the first one's. Null where it was sent before, is being
 * sent, or may have been.
 */
export async function claimDigest(
  db: Queryable,
  { staffId, day, key }: Readonly<{ staffId: number; day: string; key: string }>,
  { subject, text, html }: DigestText,
): Promise<(DigestText & Readonly<{ key: string }>) | null> {
  const { rows } = await db.query<DigestText & Readonly<{ key: string }>>(
    `insert into pii.digest as d (staff_id, day, key, status, subject, text, html, made_at, status_at)
     values ($1::int, $2::date, $3::uuid, 'sending', $4::text, $5::text, $6::text, now(), now())
     on conflict (staff_id, day) do update set status = 'sending', status_at = now() where d.status = 'queued'
     returning key, subject, text, html`,
    [staffId, day, key, subject, text, html],
  );
  return rows[0] ?? null;
}

/** Notes what came of it; `queued` gives one that has certainly not left back. */
export async function settleDigest(
  db: Queryable,
  key: string,
  {
    status,
    reason,
    mailer,
  }: Readonly<{
    status: "queued" | "accepted" | "failed" | "unknown";
    reason: string;
    mailer: string;
  }>,
): Promise<void> {
  await db.query(
    `update pii.digest set status = $2::text, status_reason = $3::text, mailer = $4::text, status_at = now()
     where key = $1::uuid and status = 'sending'`,
    [key, status, reason, mailer],
  );
}

/** A digest as the outbox shows it to the one it is for. */
export type KeptDigest = Readonly<{
  day: string;
  status: string;
  mailer: string | null;
  subject: string;
  text: string;
}>;

/** The newest digests to a member of staff. */
export async function listDigests(
  db: Queryable,
  staffId: number,
  limit: number,
): Promise<readonly KeptDigest[]> {
  const { rows } = await db.query<KeptDigest>(
    `select day, status, mailer, subject, text from pii.digest where staff_id = $1::int order by day desc limit $2::int`,
    [staffId, limit],
  );
  return rows;
}
