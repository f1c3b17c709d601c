import type { Queryable } from "./pool.ts";
import type { Because } from "./refusal.ts";
import { Refusal } from "./refusal.ts";
import type { StudySettings } from "./studies.ts";

export const RULE_MODES = ["off", "propose", "send"] as const;
export type RuleMode = (typeof RULE_MODES)[number];

/** Messages in a row without effect, after which a person calls and no rule writes. */
export const CALL_AFTER = 2;

/** What a study's rules do, where it was said; everything else proposes. */
export async function readRules(
  db: Queryable,
  study: string,
): Promise<ReadonlyMap<string, RuleMode>> {
  const { rows } = await db.query<{ template: string; mode: RuleMode }>(
    `select r.template, r.mode from study.message_rule r
     join study.study s on s.id = r.study_id where s.slug = $1::text`,
    [study],
  );
  return new Map(rows.map(({ template, mode }) => [template, mode]));
}

export type RuleModes = Readonly<Record<string, RuleMode>>;

/**
 * Sets what the study's rules do; the audit says what became of each that was changed. Refused where one of them is
 * not what was `shown` to who changes them, if that is told: what somebody has stopped meanwhile does not begin again.
 */
export async function setRules(
  db: Queryable,
  study: string,
  modes: RuleModes,
  { by, why }: Because,
  shown?: RuleModes,
): Promise<void> {
  const seen = shown ?? (await modesNow(db, study, modes));
  const { rowCount } = await db.query(
    `with wish as (
       select s.id as study_id, w.template, w.mode, x.mode as shown, coalesce(r.mode, 'propose') as now
       from study.study s
       cross join unnest($2::text[], $3::text[]) as w (template, mode)
       left join unnest($6::text[], $7::text[]) as x (template, mode) on x.template = w.template
       left join study.message_rule r on r.study_id = s.id and r.template = w.template
       where s.slug = $1::text
     ), changed as (
       insert into study.message_rule as r (study_id, template, mode)
       select study_id, template, mode from wish
       where mode <> now and not exists (select from wish where shown is distinct from now)
       on conflict (study_id, template) do update set mode = excluded.mode
       where r.mode = (select w.shown from wish w where w.template = excluded.template)
       returning template, mode
     )
     select audit.note($4::text, 'rules.change', $1::text, $5::text, jsonb_object_agg(template, mode))
     from changed having count(*) > 0`,
    [
      study,
      Object.keys(modes),
      Object.values(modes),
      by,
      why,
      Object.keys(seen),
      Object.values(seen),
    ],
  );
  if (rowCount === 1) return;
  const now = await modesNow(db, study, modes);
  throw Object.keys(now).some((name) => now[name] !== seen[name])
    ? new Refusal(
        "version",
        "Somebody has changed these rules meanwhile: look at them and try again",
      )
    : new Refusal("why", "Nothing differs from what holds already");
}

/** What the rules of these templates do now. */
async function modesNow(db: Queryable, study: string, of: RuleModes): Promise<RuleModes> {
  const rules = await readRules(db, study);
  return Object.fromEntries(
    Object.keys(of).map((name): [string, RuleMode] => [name, rules.get(name) ?? "propose"]),
  );
}

export type Hold = Readonly<{ heldAt: Date; heldBy: string; reason: string }>;

/** Whether all messages of a study are held, since when and why. */
export async function readHold(db: Queryable, study: string): Promise<Hold | null> {
  const { rows } = await db.query<Hold>(
    `select h.held_at as "heldAt", h.held_by as "heldBy", h.reason from study.message_hold h
     join study.study s on s.id = h.study_id where s.slug = $1::text`,
    [study],
  );
  return rows[0] ?? null;
}

/** Holds all messages of a study, or lets them go on. */
export async function setHold(
  db: Queryable,
  { study, hold }: Readonly<{ study: string; hold: boolean }>,
  { by, why }: Because,
): Promise<void> {
  const { rowCount } = await db.query(
    `with held as (
       insert into study.message_hold (study_id, held_at, held_by, reason)
       select id, now(), $3::text, $4::text from study.study where slug = $1::text and $2::boolean
       on conflict do nothing returning study_id
     ), freed as (
       delete from study.message_hold h using study.study s
       where s.id = h.study_id and s.slug = $1::text and not $2::boolean returning h.study_id
     )
     select audit.note($3::text, case when $2::boolean then 'messages.hold' else 'messages.release' end, $1::text,
       $4::text, '{}')
     from (select * from held union all select * from freed) changed`,
    [study, hold, by, why],
  );
  if (rowCount === 0)
    throw new Refusal("why", `Messages of ${study} are ${hold ? "held" : "not held"} already`);
}

/** Somebody a rule would write to. */
export type Candidate = Readonly<{
  participant: string;
  study: string;
  site: string | null;
  timeZone: string;
  template: string;
  mode: RuleMode;
  /** Codes of every reason why not; none: they may be written to. */
  refusals: readonly string[];
  quietUntil: Date | null;
  /** Messages in a row that had no effect. */
  withoutEffect: number;
}>;

type Ruled = Readonly<{ slug: string; settings: StudySettings }>;

/** Whom the rules of a study, or of one of its sites, would write to now, most urgent first, and who is left out and why. */
export function listCandidates(
  db: Queryable,
  study: Ruled,
  most: number,
  site: string | null = null,
): Promise<readonly Candidate[]> {
  return readCandidates(db, study, { most, site, sentBefore: null });
}

/** Those of a study to whom a rule sends by itself now, most urgent first; whoever is left out takes nobody's place. */
export function listToSend(
  db: Queryable,
  study: Ruled,
  most: number,
): Promise<readonly Candidate[]> {
  return readCandidates(db, study, { most, site: null, sentBefore: CALL_AFTER });
}

async function readCandidates(
  db: Queryable,
  study: Ruled,
  {
    most,
    site,
    sentBefore,
  }: Readonly<{ most: number; site: string | null; sentBefore: number | null }>,
): Promise<readonly Candidate[]> {
  const { rows } = await db.query<Candidate>(
    `select p.short_id as participant, s.slug as study, t.name as site, zone.time_zone as "timeZone", c.template, c.mode,
       c.refusals, c.quiet_until as "quietUntil", c.without_effect as "withoutEffect"
     from study.study s
     cross join lateral study.message_candidates(s.id, $2::jsonb, now(), $3::int, $4::text, $5::int) c
     join study.participant p on p.id = c.participant_id
     left join study.site t on t.id = p.site_id
     join lateral (
       select z.time_zone from study.participant_zone z
       where z.participant_id = p.id and z.from_at <= now() order by z.from_at desc limit 1
     ) zone on true
     where s.slug = $1::text`,
    [study.slug, JSON.stringify(study.settings), most, site, sentBefore],
  );
  return rows;
}

/** Whether a rule may write to them: nothing speaks against it, and messages have not failed to reach them before. */
export function mayBeWrittenTo({ refusals, withoutEffect }: Candidate): boolean {
  return refusals.length === 0 && withoutEffect < CALL_AFTER;
}

/** Somebody to call, because messages had no effect. */
export type CallDue = Readonly<{
  participant: string;
  study: string;
  site: string | null;
  withoutEffect: number;
  lastSentAt: Date;
}>;

/** Whom a person should call: their last messages were followed by nothing. */
export async function listCallsDue(db: Queryable): Promise<readonly CallDue[]> {
  const { rows } = await db.query<CallDue>(
    `select p.short_id as participant, s.slug as study, t.name as site, w.n as "withoutEffect", m.last_sent_at as "lastSentAt"
     from (
       select participant_id, max(sent_at) as last_sent_at from study.message
       where followed_48h = false group by participant_id
     ) m
     join study.participant p on p.id = m.participant_id and p.state = 'active'
     join study.study s on s.id = p.study_id
     left join study.site t on t.id = p.site_id
     cross join lateral (select study.messages_without_effect(p.id) as n) w
     where w.n >= $1::int
     order by m.last_sent_at, p.short_id`,
    [CALL_AFTER],
  );
  return rows;
}

/** Notes that somebody was called and how it went; from now on rules may write to them again. */
export async function noteCall(
  db: Queryable,
  { id, shortId }: Readonly<{ id: number; shortId: string }>,
  { by, why }: Because,
): Promise<void> {
  await db.query(
    `with called as (
       insert into study.phone_call (participant_id, at, made_by, note)
       values ($1::int, now(), $2::text, $4::text) returning participant_id
     )
     select audit.note($2::text, 'participant.call', $3::text, $4::text, '{}') from called`,
    [id, by, shortId, why],
  );
}

/** How often what a template asked for followed. */
export type Effect = Readonly<{
  template: string;
  sent: number;
  /** Of those that were looked at after 24 and after 48 hours. */
  judged24h: number;
  followed24h: number;
  judged48h: number;
  followed48h: number;
}>;

/** Effect per template over a study's messages that left; what stayed in the outbox reached nobody. */
export async function readEffects(db: Queryable, study: string): Promise<readonly Effect[]> {
  const { rows } = await db.query<Effect>(
    `select m.template, count(*)::int as sent,
       count(m.followed_24h)::int as "judged24h", count(*) filter (where m.followed_24h)::int as "followed24h",
       count(m.followed_48h)::int as "judged48h", count(*) filter (where m.followed_48h)::int as "followed48h"
     from study.message m
     join study.participant p on p.id = m.participant_id
     join study.study s on s.id = p.study_id and s.slug = $1::text
     where m.status in ('accepted', 'delivered') and m.mailer is distinct from 'outbox'
     group by m.template`,
    [study],
  );
  return rows;
}
