import type { DayState } from "../adherence/day-state.ts";
import type { GapEvidence } from "../adherence/gaps.ts";
import type { Proof } from "../adherence/judge-days.ts";
import type { GapCause } from "../imputation/gap-cause.ts";
import type { Queryable } from "./pool.ts";
import type { FinishedRun } from "./runs.ts";

/** A local day as the calendar shows it. */
export type CalendarDay = Readonly<{
  day: string;
  startsAt: Date;
  endsAt: Date;
  state: DayState;
  validSoFar: boolean;
  wearMinutes: number;
  expectedMinutes: number;
  proof: Proof;
  settingsVersion: number;
}>;

/** A participant's judged days from one local day to another, oldest first. */
export async function readCalendar(
  db: Queryable,
  shortId: string,
  { from, to }: Readonly<{ from: string; to: string }>,
): Promise<CalendarDay[]> {
  const { rows } = await db.query<CalendarDay>(
    `select j.day, j.starts_at as "startsAt", j.ends_at as "endsAt", j.state, j.valid_so_far as "validSoFar",
       j.wear_minutes as "wearMinutes", j.expected_minutes as "expectedMinutes", j.proof,
       j.settings_version as "settingsVersion"
     from study.judged_day j
     join study.participant p on p.id = j.participant_id
     where p.short_id = $1::text and j.day between $2::date and $3::date
     order by j.day`,
    [shortId, from, to],
  );
  return rows;
}

export type GapRow = Readonly<{
  startsAt: Date;
  endsAt: Date;
  cause: GapCause;
  recoverableUntil: Date | null;
  recoveredAt: Date | null;
  evidence: GapEvidence;
}>;

/** Lost contact of a few minutes is on the wrist: told by its sum, not one by one. */
const TOLD_FROM_MINUTES = 6;

/** Gaps that touch a span and are long enough to be told one by one, oldest first; recovered ones among them. */
export async function readGaps(
  db: Queryable,
  shortId: string,
  { from, to }: Readonly<{ from: Date; to: Date }>,
): Promise<GapRow[]> {
  const { rows } = await db.query<GapRow>(
    `select g.starts_at as "startsAt", g.ends_at as "endsAt", g.cause, g.recoverable_until as "recoverableUntil",
       g.recovered_at as "recoveredAt", g.evidence
     from study.gap g
     join study.participant p on p.id = g.participant_id
     where p.short_id = $1::text and g.ends_at > $2::timestamptz and g.starts_at < $3::timestamptz
       and g.ends_at - g.starts_at >= make_interval(mins => $4::int)
     order by g.starts_at`,
    [shortId, from, to, TOLD_FROM_MINUTES],
  );
  return rows;
}

export type DeviceRow = Readonly<{
  kind: string;
  model: string | null;
  batteryPercent: number | null;
  batterySeenAt: Date | null;
  lastSyncAt: Date | null;
  firstSeenAt: Date;
  lastSeenAt: Date;
  /** Syncs that we saw in the last two weeks. */
  syncs: number;
}>;

/** What is paired with a participant's account, the one that synced last first. */
export async function readDeviceList(db: Queryable, shortId: string): Promise<DeviceRow[]> {
  const { rows } = await db.query<DeviceRow>(
    `select d.kind, d.model, d.battery_percent as "batteryPercent", d.battery_seen_at as "batterySeenAt",
       sync.at as "lastSyncAt", d.first_seen_at as "firstSeenAt", d.last_seen_at as "lastSeenAt",
       (select count(*)::int from study.device_sync y
        where y.device_id = d.id and y.synced_at > now() - interval '14 days') as syncs
     from study.device d
     join study.participant p on p.id = d.participant_id
     cross join lateral (select max(y.synced_at) as at from study.device_sync y where y.device_id = d.id) sync
     where p.short_id = $1::text
     order by sync.at desc nulls last, d.id`,
    [shortId],
  );
  return rows;
}

export type RunRow = Omit<FinishedRun, "workflowId" | "runId" | "participantId" | "scheduledAt">;

/** A participant's newest runs. */
export async function readRuns(db: Queryable, shortId: string, limit: number): Promise<RunRow[]> {
  const { rows } = await db.query<RunRow>(
    `select r.started_at as "startedAt", r.finished_at as "finishedAt", r.outcome, r.detail, r.inserted, r.updated, r.quarantined
     from study.ingest_run r
     join study.participant p on p.id = r.participant_id
     where p.short_id = $1::text
     order by r.finished_at desc limit $2::int`,
    [shortId, limit],
  );
  return rows;
}

export type FetchRow = Readonly<{
  fetchedAt: Date;
  metric: string | null;
  family: string | null;
  windowFrom: Date | null;
  windowTo: Date | null;
  status: number;
  samples: number;
  rejected: number;
  inserted: number;
  updated: number;
  durationMs: number;
}>;

/** The newest pages fetched for a participant. */
export async function readFetches(
  db: Queryable,
  shortId: string,
  limit: number,
): Promise<FetchRow[]> {
  const { rows } = await db.query<FetchRow>(
    `select f.fetched_at as "fetchedAt", m.name as metric, r.family, f.window_from as "windowFrom", f.window_to as "windowTo",
       f.status, f.samples, f.rejected, f.inserted, f.updated, f.duration_ms as "durationMs"
     from study.fetch f
     join study.participant p on p.id = f.participant_id
     left join study.series r on r.id = f.series_id
     left join study.metric m on m.id = r.metric_id
     where p.short_id = $1::text
     order by f.fetched_at desc limit $2::int`,
    [shortId, limit],
  );
  return rows;
}

/** Somebody whose data lies on the device only, and until when. */
export type ToSave = Readonly<{
  study: string;
  participant: string;
  site: string | null;
  newestAt: Date | null;
  saveUntil: Date | null;
  /** It lies on a device that another has taken the place of: that one has to sync. */
  onReplaced: boolean;
  batteryPercent: number | null;
  atRisk: boolean;
  timeZone: string;
}>;

/**
 * The save-the-data list: who has to sync, the shortest time left first; who lost minutes already comes before all. Who
 * changed devices and left minutes on the old one that it still keeps is among them, with that one's clock.
 */
export async function listToSave(db: Queryable): Promise<ToSave[]> {
  const { rows } = await db.query<ToSave>(
    `select f.study, f.participant, f.site, coalesce(old.synced_at, f.newest_at) as "newestAt",
       coalesce(old.save_until, f.save_until) as "saveUntil", old.save_until is not null as "onReplaced",
       case when old.save_until is null then f.battery_percent end as "batteryPercent",
       f.data_at_risk or coalesce(old.save_until < now() + interval '48 hours', false) as "atRisk",
       zone.time_zone as "timeZone"
     from reporting.participant_flag f
     join study.participant p on p.short_id = f.participant
     left join (
       select g.participant_id, min(g.recoverable_until) as save_until, max((g.evidence ->> 'lastSync')::timestamptz) as synced_at
       from study.gap g
       where g.recovered_at is null and g.evidence ? 'replaced' and g.recoverable_until > now()
       group by g.participant_id
     ) old on old.participant_id = p.id and f.state in ('active', 'completed')
     join lateral (
       select z.time_zone from study.participant_zone z
       where z.participant_id = p.id and z.from_at <= now() order by z.from_at desc limit 1
     ) zone on true
     where f.inactive or f.data_at_risk or old.save_until is not null
     order by coalesce(old.save_until, f.save_until) nulls last, f.participant`,
  );
  return rows;
}
