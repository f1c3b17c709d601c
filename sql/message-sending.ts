import type { Queryable } from "./pool.ts";
import { only } from "./pool.ts";
import type { StudySettings } from "./studies.ts";

type Limits = Pick<
  StudySettings,
  "inactiveHours" | "validDayMinutes" | "ofDays" | "lowWearDays" | "quietHours"
>;

/** Whether a participant may be written to, and when. `at` null is the database's own now. */
export type Permission = Readonly<{
  /** Codes of every reason why not; none: they may. */
  refusals: readonly string[];
  /** The end of the quiet hours it would wait for; null outside them. */
  quietUntil: Date | null;
}>;

/**
 * Everything that speaks against this template for this participant now, and against what message `self`, itself left
 * out of account, says.
 */
export async function readPermission(
  db: Queryable,
  {
    participantId,
    template,
    self = null,
    at = null,
  }: Readonly<{
    participantId: number;
    template: string;
    self?: string | null;
    at?: Date | null;
  }>,
  limits: Limits,
): Promise<Permission> {
  const { rows } = await db.query<Permission>(
    `select study.message_refusals($1::int, $2::text, $3::jsonb, coalesce($4::timestamptz, now()), $5::uuid)
         || case when study.message_out_of_date($5::uuid, coalesce($4::timestamptz, now())) then array['out_of_date']
           else '{}' end as refusals,
       study.quiet_until($1::int, coalesce($4::timestamptz, now()), $6::time, $7::time) as "quietUntil"`,
    [
      participantId,
      template,
      JSON.stringify(limits),
      at,
      self,
      limits.quietHours.from,
      limits.quietHours.to,
    ],
  );
  return only(rows, "answer");
}

/**
 * Which templates say something true about the participant now: what asks something of them before what only tells, and
 * of that first what may be sent now or goes out today already, in the order given.
 */
export async function readGrounds(
  db: Queryable,
  {
    participantId,
    templates,
    at = null,
  }: Readonly<{ participantId: number; templates: readonly string[]; at?: Date | null }>,
  limits: Limits,
): Promise<readonly string[]> {
  const { rows } = await db.query<{ template: string }>(
    `select g.template
     from study.message_grounds($1::int, $3::jsonb, coalesce($4::timestamptz, now())) g
     where g.template = any ($2::text[])
     order by g.template in ('thanks', 'study_end'),
       study.message_steps_back(
         study.message_refusals($1::int, g.template, $3::jsonb, coalesce($4::timestamptz, now()), null)),
       array_position($2::text[], g.template)`,
    [participantId, templates, JSON.stringify(limits), at],
  );
  return rows.map(({ template }) => template);
}

/** When they were last heard of: the device's last sync, or the newest sample where none may or can be known; null for never. */
export async function readLastHeard(db: Queryable, participantId: number): Promise<Date | null> {
  const { rows } = await db.query<{ at: Date | null }>(
    `select f.newest_at as at from reporting.participant_flag f
     where f.participant = (select p.short_id from study.participant p where p.id = $1::int)`,
    [participantId],
  );
  return rows[0]?.at ?? null;
}

/** What stands between a queued message and its sending, by the database's clock. */
export type Due = Readonly<{ status: string; waitMs: number }>;

/** How long a message has to wait: until it cannot be taken back, and then for the end of quiet hours. */
export async function readDue(
  db: Queryable,
  id: string,
  { quietHours }: Limits,
): Promise<Due | null> {
  const { rows } = await db.query<Due>(
    `select m.status, greatest(0, ceil(extract(epoch from
       coalesce(study.quiet_until(m.participant_id, greatest(m.undo_until, now()), $2::time, $3::time),
         greatest(m.undo_until, now())) - now()) * 1000))::bigint as "waitMs"
     from study.message m where m.id = $1::uuid`,
    [id, quietHours.from, quietHours.to],
  );
  return rows[0] ?? null;
}

/** Claims a queued message for sending, asking everything once more on locked rows. Empty: it is ours to send. */
export async function claimMessage(
  db: Queryable,
  id: string,
  limits: Limits,
): Promise<readonly string[]> {
  const { rows } = await db.query<{ reasons: readonly string[] }>(
    "select study.claim_message($1::uuid, $2::jsonb, now()) as reasons",
    [id, JSON.stringify(limits)],
  );
  return only(rows, "answer").reasons;
}

/** What came of an attempt; `queued` gives a message that has not left back to its queue. */
export type Attempted = Readonly<{
  status: "accepted" | "failed" | "unknown" | "queued";
  reason: string;
  mailer: string;
  providerMessageId: string | null;
}>;

/**
 * Notes what came of the attempt. Only who claimed it may: a message that was called unknown meanwhile, because its
 * sender seemed dead, still becomes accepted or failed, and one the provider has reported on stays as reported.
 */
export async function settleAttempt(db: Queryable, id: string, attempt: Attempted): Promise<void> {
  const { status, reason, mailer, providerMessageId } = attempt;
  await db.query(
    `with settled as (
       update study.message set status = $2::text, status_at = now(), status_reason = $3::text, mailer = $4::text,
         provider_message_id = coalesce($5::text, provider_message_id),
         sent_at = case when $2::text = 'queued' then null else sent_at end
       where id = $1::uuid and (status = 'sending' or (status = 'unknown' and $2::text in ('accepted', 'failed')))
       returning id
     )
     select nextval('study.change_counter') from settled`,
    [id, status, reason, mailer, providerMessageId],
  );
}

/** Notes whether what the message asked for has followed by now: data, or for a consent the consent. Null for what stayed here. */
export async function noteEffect(
  db: Queryable,
  id: string,
  hours: 24 | 48,
): Promise<boolean | null> {
  const { rows } = await db.query<{ followed: boolean }>(
    `with effect as (
       select m.id, case when m.template in ('consent_needed', 'consent_first', 'consent_ending')
         then exists (select from study.connection c
           where c.participant_id = m.participant_id and c.status = 'active' and c.status_since > m.sent_at)
         else exists (select from study.device d
             where d.participant_id = m.participant_id and d.last_sync_at > m.sent_at)
           or exists (select from study.ledger_metric l
             where l.participant_id = m.participant_id and l.last_sample_at > m.sent_at)
         end as followed
       from study.message m
       where m.id = $1::uuid and m.sent_at is not null and m.mailer is distinct from 'outbox'
     )
     update study.message m set
       followed_24h = case when $2::int = 24 then e.followed else m.followed_24h end,
       followed_48h = case when $2::int = 48 then e.followed else m.followed_48h end
     from effect e where e.id = m.id
     returning e.followed`,
    [id, hours],
  );
  return rows[0]?.followed ?? null;
}

/** Messages that wait although their time has come: their workflow was never started, or was ended by hand. */
export async function listOverdue(
  db: Queryable,
): Promise<readonly Readonly<{ id: string; participant: string; study: string }>[]> {
  const { rows } = await db.query<{ id: string; participant: string; study: string }>(
    `select m.id, p.short_id as participant, s.slug as study
     from study.message m
     join study.participant p on p.id = m.participant_id
     join study.study s on s.id = p.study_id
     where m.status = 'queued' and m.undo_until < now() - interval '1 minute'
     order by m.undo_until limit 500`,
  );
  return rows;
}

/**
 * Takes a place among the messages of this minute: in all and for the receiving domain, by its hash. False where the
 * minute is full.
 */
export async function takePlace(
  db: Queryable,
  {
    domainHash,
    perMinute,
    perDomain,
  }: Readonly<{ domainHash: string; perMinute: number; perDomain: number }>,
): Promise<boolean> {
  const { rowCount } = await db.query(
    `with swept as (
       delete from study.mail_pace where minute < now() - interval '1 hour'
     )
     insert into study.mail_pace as p (bucket, minute, sent)
     select b.bucket, date_trunc('minute', now()), 1
     from (values ('all'), ('domain ' || $1::text)) as b (bucket) order by b.bucket
     on conflict (bucket, minute) do update set sent = p.sent + 1
     where p.sent < case when p.bucket = 'all' then $2::int else $3::int end`,
    [domainHash, perMinute, perDomain],
  );
  return rowCount === 2;
}
