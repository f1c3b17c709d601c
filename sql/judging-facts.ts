import { z } from "zod";
import type { DayFacts, DeviceReading, PersonFacts, StateSpan } from "../adherence/facts.ts";
import { readRefusedMinutes } from "./kept-readings.ts";
import type { Queryable } from "./pool.ts";
import { failureOf } from "./run-failure.ts";
import { StudySettings } from "./studies.ts";
import type { WearSeries } from "./wear-minutes.ts";

/** One participant as judging needs them, with the rules in force and the series whose gaps are told. */
export type JudgingFacts = Readonly<{
  person: PersonFacts;
  settings: StudySettings;
  /** 0 where the study has no settings of its own. */
  settingsVersion: number;
  seriesId: number;
  /** The series their wear is told by. */
  wearSeries: readonly WearSeries[];
  /** The first local day to judge: of enrolment, or the first whose samples are all kept. What is older stays as it was judged. */
  firstDay: string;
  /** The last local day to judge: today, the last day of participation (or judged before it ended), or of a file export. */
  lastDay: string;
}>;

type Row = Readonly<{
  firstDay: string;
  enrolledOn: string;
  endedOn: string | null;
  lastDay: string;
  settings: unknown;
  settingsVersion: number;
  states: StateSpan["state"][];
  fromMs: number[];
  untilMs: number[];
  connection: "usable" | "unusable" | null;
  connectionSinceMs: number | null;
  connectionReason: string | null;
  lookedBefore: boolean;
  asked: boolean;
  seriesId: number;
  wearSeries: unknown;
  lookedMs: number | null;
  lastDetail: string | null;
  lastOutcome: string | null;
  lookFailed: boolean;
  heldMs: number | null;
  devicesSeenMs: number | null;
  toldSyncMs: number | null;
  firstSampleMs: number | null;
  newestSampleMs: number | null;
}>;

const WearSeriesRows: z.ZodType<readonly WearSeries[]> = z.array(
  z.object({
    id: z.int(),
    metric: z.enum(["heart_rate", "steps"]),
    scale: z.int(),
    resolution: z.enum(["minute", "sample"]),
  }),
);

/** What a connection's reason says when it is the first consent, whole, and when the provider answered again by itself. */
const FIRST_CONSENT = "consent given";
const CAME_BACK = "Heart rate can be read again";

/** Everything but days and samples; null for nobody, and for somebody who has not begun. `now` decides what today is. */
export async function readJudgingFacts(
  db: Queryable,
  participantId: number,
  now: Date,
): Promise<JudgingFacts | null> {
  const { rows } = await db.query<Row>(READ_FACTS, [participantId, now]);
  const [row] = rows;
  if (row === undefined || row.lastDay < row.firstDay) return null;
  const lastFailure = failureOf(row.lastOutcome, row.lastDetail ?? "");
  return {
    settings: StudySettings.parse(row.settings),
    settingsVersion: row.settingsVersion,
    seriesId: row.seriesId,
    wearSeries: WearSeriesRows.parse(row.wearSeries),
    firstDay: row.firstDay,
    lastDay: row.lastDay,
    person: {
      enrolledOn: row.enrolledOn,
      endedOn: row.endedOn,
      states: row.states.map((state, i) => ({
        state,
        fromMs: row.fromMs[i] ?? Number.NEGATIVE_INFINITY,
        untilMs: row.untilMs[i] ?? Number.POSITIVE_INFINITY,
      })),
      connection:
        row.connection === null
          ? null
          : {
              usable: row.connection === "usable",
              sinceMs: row.connectionSinceMs ?? 0,
              isFirst: row.connectionReason === FIRST_CONSENT || !row.lookedBefore,
              cameBackByReading: row.connectionReason === CAME_BACK,
            },
      asked: row.asked,
      lookedMs: row.lookedMs,
      lastFailure,
      couldNotLook: lastFailure !== null && row.lookFailed,
      heldMs: row.heldMs,
      devicesSeenMs: row.devicesSeenMs,
      readings: await readDeviceReadings(db, participantId),
      toldSyncMs: row.toldSyncMs,
      refusedMinutes: await readRefusedMinutes(db, participantId, row.seriesId),
      firstSampleMs: row.firstSampleMs,
      newestSampleMs: row.newestSampleMs,
    },
  };
}

const MS = (instant: string) => `(extract(epoch from ${instant}) * 1000)::float8`;

/** A file export alone is asked of nobody, and ends with its newest sample. */
const READ_FACTS = `
with person as (
  select p.*, c.status, c.status_since, c.status_reason,
    study.heart_rate_granted(c.status, c.missing_permissions) as readable,
    c.id is null and exists (
      select from study.ledger_metric m join study.series s on s.id = m.series_id and s.source <> 'google-health'
      where m.participant_id = p.id) as by_files
  from study.participant p
  left join lateral (
    select c.* from study.connection c where c.participant_id = p.id order by c.id desc limit 1
  ) c on true
  -- Who wanted everything erased must not come back by a run that ends late.
  where p.id = $1::int and not exists (
    select from study.withdrawal w where w.participant_id = p.id and w.wish = 'erase')
), span as (
  select s.state, s.from_at, s.until_at from study.participant_state_span s where s.participant_id = $1::int
), worn as materialized (
  select m.series_id, min(m.first_sample_at) as first_at, max(m.last_sample_at) as last_at
  from study.ledger_metric m
  join study.series s on s.id = m.series_id and s.for_wear
  where m.participant_id = $1::int
  group by m.series_id
), sampled as (
  select min(first_at) as first_at, max(last_at) as last_at from worn
), look as (
  select i.finished_at from study.ingest_run i
  where i.participant_id = $1::int and i.outcome in ('complete', 'partial')
    and i.detail not like '%devices: %' and i.detail not like '%not believed%'
  order by i.finished_at desc limit 1
), run as (
  select i.outcome, i.detail from study.ingest_run i
  where i.participant_id = $1::int and i.outcome <> 'skipped' order by i.finished_at desc limit 1
)
select greatest(p.enrolled_on, (select study.local_day(p.id, k.kept_from) + 1 from study.retention k)) as "firstDay",
  p.enrolled_on as "enrolledOn", p.ended_on as "endedOn",
  greatest(
    least(study.local_day(p.id, case when p.by_files then coalesce(sampled.last_at, $2::timestamptz) else $2::timestamptz end),
      coalesce(p.ended_on, date 'infinity')),
    -- Days judged before somebody said that it had ended earlier: they are after participation now.
    case when p.ended_on is not null then (select max(j.day) from study.judged_day j where j.participant_id = p.id) end
  ) as "lastDay",
  coalesce(v.settings, '{}') as settings, coalesce(v.version, 0) as "settingsVersion",
  coalesce((select array_agg(state order by from_at) from span), array[p.state]) as states,
  coalesce((select array_agg(${MS("from_at")} order by from_at) from span), array['-Infinity'::float8]) as "fromMs",
  coalesce((select array_agg(${MS("until_at")} order by from_at) from span), array['Infinity'::float8]) as "untilMs",
  case when p.status is null then null when p.readable then 'usable' else 'unusable' end as connection,
  ${MS("p.status_since")} as "connectionSinceMs", p.status_reason as "connectionReason",
  exists (select from study.ingest_run i where i.participant_id = p.id and i.outcome in ('complete', 'partial')
    and i.finished_at < p.status_since) as "lookedBefore",
  not p.by_files and (p.state = 'active'
    or (p.state = 'completed' and $2::timestamptz < (p.ended_on + 31)::timestamp at time zone 'UTC')) as asked,
  coalesce((select min(w.series_id) from worn w join study.series s on s.id = w.series_id and s.dense), 1)::int as "seriesId",
  coalesce((
    select json_agg(json_build_object('id', s.id, 'metric', m.name, 'scale', m.scale, 'resolution', s.resolution) order by s.id)
    from worn w join study.series s on s.id = w.series_id join study.metric m on m.id = s.metric_id), '[]') as "wearSeries",
  ${MS("(select finished_at from look)")} as "lookedMs",
  (select outcome from run) as "lastOutcome",
  coalesce((select detail like '%devices: %' from run), false) as "lookFailed", (select detail from run) as "lastDetail",
  (select ${MS("max(e.at)")} from study.connection_event e join study.connection k on k.id = e.connection_id
   where k.participant_id = p.id and e.held) as "heldMs",
  (select ${MS("max(d.last_seen_at)")} from study.device d where d.participant_id = p.id) as "devicesSeenMs",
  (select ${MS("max(d.last_sync_at)")} from study.device d
   where d.participant_id = p.id and d.kind = 'tracker') as "toldSyncMs",
  ${MS("sampled.first_at")} as "firstSampleMs", ${MS("sampled.last_at")} as "newestSampleMs"
from person p
cross join sampled
left join lateral (
  select v.version, v.settings from study.setting v where v.study_id = p.study_id order by v.version desc limit 1
) v on true`;

/** Every sync of a participant's trackers that we know of, oldest first. */
async function readDeviceReadings(db: Queryable, participantId: number): Promise<DeviceReading[]> {
  const { rows } = await db.query<{ device: number[]; sync: number[]; battery: number[] }>(
    `select coalesce(array_agg(y.device_id order by y.synced_at, y.device_id), '{}') as device,
       coalesce(array_agg(${MS("y.synced_at")} order by y.synced_at, y.device_id), '{}') as sync,
       coalesce(array_agg(coalesce(y.battery_percent, -1) order by y.synced_at, y.device_id), '{}') as battery
     from study.device_sync y
     join study.device d on d.id = y.device_id
     where d.participant_id = $1::int and d.kind = 'tracker'`,
    [participantId],
  );
  const { device = [], sync = [], battery = [] } = rows[0] ?? {};
  return device.map((id, i) => {
    const percent = battery[i] ?? -1;
    return { device: id, syncMs: sync[i] ?? 0, batteryPercent: percent < 0 ? null : percent };
  });
}

/** The local days from one to another with what is known of their heart rate's reading, oldest first. */
export async function readDayFacts(
  db: Queryable,
  participantId: number,
  seriesId: number,
  { firstDay, lastDay }: Readonly<{ firstDay: string; lastDay: string }>,
): Promise<DayFacts[]> {
  const { rows } = await db.query<DayFacts>(
    `select d.day, ${MS("d.starts_at")} as "startMs", ${MS("d.ends_at")} as "endMs",
       ${MS("m.final_at")} as "finalMs", ${MS("m.read_at")} as "readMs", ${MS("m.read_sync_at")} as "readSyncMs",
       -- Steps or sleep that a reading was to bring, and which broke off or came before the device had synced.
       m.final_at is not null and exists (
         select from study.ledger_metric o
         join study.series s on s.id = o.series_id
         join study.metric x on x.id = s.metric_id
         where o.participant_id = $1::int and o.day = d.day
           and (x.name = 'sleep' or (s.for_wear and x.name <> 'heart_rate'))
           and (o.read_at is null or coalesce(o.read_sync_at, o.read_at) < d.ends_at)
           and not case x.name when 'sleep' then 'sleep' else 'activity' end = any (missing.permissions)
       ) as "evidenceUnread"
     from study.local_days($1::int, $3::date, $4::date) d
     left join study.ledger_metric m
       on m.participant_id = $1::int and m.day = d.day and m.series_id = $2::smallint
     cross join (
       select coalesce((
         select c.missing_permissions from study.connection c where c.participant_id = $1::int order by c.id desc limit 1
       ), '{}') as permissions
     ) missing
     order by d.day`,
    [participantId, seriesId, firstDay, lastDay],
  );
  return rows;
}
