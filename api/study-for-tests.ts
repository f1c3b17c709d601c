import { connect } from "../sql/connect.ts";
import { storeDevices } from "../sql/devices.ts";
import type { ParticipantState } from "../sql/participants.ts";
import { announceChange, enrolParticipant } from "../sql/participants.ts";
import type { Queryable } from "../sql/pool.ts";
import type { RunOutcome } from "../sql/runs.ts";
import { storeRun } from "../sql/runs.ts";
import { ensureStudy } from "../sql/studies.ts";

/** Worn minutes of the last days, oldest first, today last; null = never read. Every day but the last two is final. */
type Days = readonly (number | null)[];

export type Person = Readonly<{
  id: string;
  state?: ParticipantState;
  zone?: string;
  enrolledDaysAgo?: number;
  connection?: "active" | "revoked" | "reconsent_needed" | "scope_missing" | null;
  syncHoursAgo?: number | null;
  battery?: number | null;
  fetchedHoursAgo?: number | null;
  outcome?: RunOutcome;
  days?: Days;
  /** False: no day is final yet. */
  final?: boolean;
}>;

const SOURCE = "google-health";
const ORDINARY: Days = [880, 940, 905, 1010, 860, 930, 990, 870, 915, 960, 1005, 890, 930, 310];

/** A study with one participant of each kind the pages must tell apart. */
export const people: readonly Person[] = [
  { id: "S2-0401" },
  { id: "S2-0402", days: [300, 410, 520, 380, 610, 290, 450, 505, 340, 620, 280, 470, 390, 120] },
  {
    id: "S2-0403",
    syncHoursAgo: 51,
    battery: 9,
    days: [880, 940, 905, 1010, 860, 930, 990, 870, 915, 960, 720, 300, 0, 0],
  },
  { id: "S2-0404", connection: "revoked", outcome: "not_authorised", syncHoursAgo: 80 },
  { id: "S2-0405", outcome: "partial", days: [...ORDINARY.slice(0, 11), null, null, null] },
  {
    id: "S2-0406",
    enrolledDaysAgo: 4,
    syncHoursAgo: null,
    battery: null,
    days: [0, 0, 0, 0],
    final: false,
  },
  { id: "S2-0407", state: "invited", connection: null, fetchedHoursAgo: null, days: [] },
  { id: "S2-0408", state: "withdrawn", days: ORDINARY.slice(0, 9) },
  { id: "S2-0409", state: "paused" },
  { id: "S2-0410", zone: "Pacific/Auckland", enrolledDaysAgo: 5, days: [930, 990, 870, 915, 400] },
  {
    id: "S2-0411",
    fetchedHoursAgo: null,
    syncHoursAgo: null,
    battery: null,
    days: [],
    enrolledDaysAgo: 0,
  },
  { id: "S2-0412", days: [880, 940, 0, 0, 860, 930, 0, 870, 915, 960, 1005, 0, 930, 310] },
  { id: "S2-0413", connection: "reconsent_needed", syncHoursAgo: 5, outcome: "not_authorised" },
];

/** Fills a migrated, empty database with these people as seen at `now`. */
export async function fillStudy(
  db: Queryable,
  now: Date,
  persons: readonly Person[] = people,
): Promise<void> {
  const studyId = await ensureStudy(db, {
    slug: "sleep-2",
    name: "SLEEP-2 trial",
    settings: { ingestIntervalMinutes: null },
    by: "test",
    why: "test",
  });
  for (const person of persons) await addPerson(db, now, studyId, person);
  await announceChange(db);
}

const hoursBefore = (now: Date, hours: number) => new Date(now.getTime() - hours * 3_600_000);

async function addPerson(db: Queryable, now: Date, studyId: number, person: Person): Promise<void> {
  const { id, state = "active", zone = "Europe/Oslo", enrolledDaysAgo = 40 } = person;
  const participantId = await enrolParticipant(db, {
    studyId,
    shortId: id,
    state,
    enrolledOn: hoursBefore(now, enrolledDaysAgo * 24)
      .toISOString()
      .slice(0, 10),
    timeZone: zone,
    site: id.endsWith("5") ? "Leeds" : "Oslo",
    arm: null,
  });
  await addConnection(db, now, participantId, person);
  await addDevice(db, now, participantId, person);
  await addDays(db, now, participantId, person);
  await addRun(db, now, participantId, person);
}

async function addConnection(db: Queryable, now: Date, participantId: number, person: Person) {
  const { connection = "active" } = person;
  if (connection === null) return;
  await connect(db, participantId, SOURCE, {
    sealed: { keyId: "test", ciphertext: Buffer.alloc(32) },
    scopes: [],
    accessExpiresAt: now,
    grantExpiresAt: null,
    providerUserId: `provider-${participantId}`,
  });
  if (connection === "active") return;
  await db.query(
    `update study.connection set status = $2::text, status_reason = $3::text where participant_id = $1::int`,
    [participantId, connection, "the provider refused the stored grant in two runs"],
  );
}

async function addDevice(db: Queryable, now: Date, participantId: number, person: Person) {
  const { syncHoursAgo = 2, battery = 71, state } = person;
  if (syncHoursAgo === null || state === "invited") return;
  await storeDevices(db, participantId, SOURCE, {
    devices: [
      {
        providerDeviceId: `device-${participantId}`,
        kind: "tracker",
        model: "Charge 6",
        batteryPercent: battery,
        batteryLabel: null,
        lastSyncAt: hoursBefore(now, syncHoursAgo),
      },
    ],
    seenAt: hoursBefore(now, 1),
  });
}

async function addDays(db: Queryable, now: Date, participantId: number, person: Person) {
  const { days = ORDINARY, final = true } = person;
  if (days.length === 0) return;
  await db.query(
    `with given as (
       select ordinality::int - cardinality($2::int[]) as offset_days, minutes
       from unnest($2::int[]) with ordinality as g (minutes, ordinality)
     ), day as (
       insert into study.ledger (participant_id, day, starts_at, ends_at, expected_minutes, wear_minutes, settled_at)
       select $1::int, d.day, d.starts_at, d.ends_at, extract(epoch from d.ends_at - d.starts_at)::int / 60,
         g.minutes, $3::timestamptz
       from given g
       join study.local_days($1::int, study.local_day($1::int, $3::timestamptz) - 30,
         study.local_day($1::int, $3::timestamptz)) d
         on d.day = study.local_day($1::int, $3::timestamptz) + g.offset_days
       where g.minutes is not null
       returning *
     ), judged as (
       insert into study.judged_day (participant_id, day, starts_at, ends_at, expected_minutes, received_minutes,
         wear_minutes, state, valid_so_far, proof, settings_version, judged_at)
       select participant_id, day, starts_at, ends_at, expected_minutes, wear_minutes, wear_minutes,
         case when not $4::boolean or ends_at >= $3::timestamptz - interval '1 day' then 'pending'
           when wear_minutes >= 600 then 'valid' when wear_minutes > 0 then 'partial' else 'not_worn' end,
         wear_minutes >= 600, '{"wornBy": {}, "missingBy": {}, "finalAt": null, "readAt": null}', 1, $3::timestamptz
       from day
     )
     insert into study.ledger_metric (participant_id, day, series_id, received_minutes, first_sample_at,
       last_sample_at, content_hash, read_at, stable_since, final_at)
     select participant_id, day, 1, wear_minutes,
       case when wear_minutes > 0 then starts_at end,
       case when wear_minutes > 0 then least(ends_at, $3::timestamptz) - interval '20 minutes' end,
       '\\x00', $3::timestamptz, $3::timestamptz,
       case when $4::boolean and ends_at < $3::timestamptz - interval '1 day' then $3::timestamptz end
     from day`,
    [participantId, days, now, final],
  );
}

async function addRun(db: Queryable, now: Date, participantId: number, person: Person) {
  const { fetchedHoursAgo = 0.5, outcome = "complete" } = person;
  if (fetchedHoursAgo === null) return;
  const finishedAt = hoursBefore(now, fetchedHoursAgo);
  await storeRun(db, {
    workflowId: `ingest/sleep-2/${person.id}-2026-11-25T04:00:00Z`,
    runId: `run-${participantId}`,
    participantId,
    scheduledAt: finishedAt,
    startedAt: finishedAt,
    finishedAt,
    outcome,
    detail:
      outcome === "partial" ? "heart rate: 11 days read, 3 left out" : "heart rate: 2 days read",
    inserted: 100,
    updated: 0,
    quarantined: 0,
  });
}
