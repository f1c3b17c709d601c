import { firstWhere } from "../intervals.ts";
import { allScopes } from "../oauth/scopes.ts";
import type { Device, Participant, SampleSeries } from "../participant.ts";
import { mixText } from "../random.ts";
import { formatDay, HOUR, MINUTE, SECOND, WEEK } from "../time.ts";
import { zoneOf } from "../zone.ts";
import type { PersonRecording } from "./recording.ts";
import { readRecording } from "./recording.ts";
import type { ReplayReport } from "./report.ts";

/** The recordings bear wall time without a zone; all of it is read at this one offset, summer time throughout. */
const ZONE = "Etc/GMT+4";
const WALL_TO_UTC = 4 * HOUR;

/** Serves a recorded folder as if its people synced today. */
export async function createReplay(
  folder: string,
  now: number,
  pinnedShiftWeeks?: number,
): Promise<Readonly<{ participants: readonly Participant[]; report: ReplayReport }>> {
  const { people, files, unreadable } = await readRecording(folder);
  const ends = people.map(({ wallSeconds }) => toInstant(wallSeconds.at(-1) ?? 0, 0));
  const shiftWeeks = pinnedShiftWeeks ?? Math.floor((now - Math.max(...ends)) / WEEK);
  const ids = shortIds(people.map(({ person }) => person));
  const participants = people.map((own, i) =>
    createRecorded(own, ids[i] ?? own.person, shiftWeeks * WEEK, now),
  );
  const report: ReplayReport = {
    folder,
    shiftWeeks,
    files,
    people: people.map((own, i) => ({
      person: own.person,
      participant: ids[i] ?? own.person,
      rows: own.rows,
      distinct: own.distinct,
      contradicting: contradictions(own.wallSeconds),
    })),
    unreadable: unreadable.summary(),
  };
  return { participants, report };
}

function toInstant(wallSeconds: number, shift: number): number {
  return wallSeconds * SECOND + WALL_TO_UTC + shift;
}

/** R- and the last four digits of the Id; more of them where four are not unique. */
function shortIds(people: readonly string[]): string[] {
  const longest = Math.max(...people.map((person) => person.length));
  for (let digits = 4; digits < longest; digits++) {
    const short = people.map((person) => `R-${person.slice(-digits)}`);
    if (new Set(short).size === people.length) return short;
  }
  return people.map((person) => `R-${person}`);
}

function contradictions(wallSeconds: Float64Array): number {
  let count = 0;
  for (let i = 1; i < wallSeconds.length; i++) {
    const repeated = wallSeconds[i] === wallSeconds[i - 1];
    if (repeated && wallSeconds[i] !== wallSeconds[i - 2]) count++;
  }
  return count;
}

function createRecorded(
  own: PersonRecording,
  id: string,
  shift: number,
  createdAt: number,
): Participant {
  const zone = zoneOf(ZONE);
  const first = toInstant(own.wallSeconds[0] ?? 0, shift);
  const last = toInstant(own.wallSeconds.at(-1) ?? 0, shift);
  const quarter = 15 * MINUTE;
  // The rounding must not lead past the present, nor back before the last sample.
  const syncedAt = Math.max(last, Math.min(Math.ceil(last / quarter) * quarter, createdAt));
  const device: Device = {
    id: own.person,
    type: "TRACKER",
    version: "Fitbit",
    macAddress: own.person.padStart(12, "0").slice(-12),
    features: ["HEART_RATE", "STEPS", "SLEEP"],
    lastSyncAt: syncedAt,
    batteryLevel: 70,
  };
  return {
    id,
    healthUserId: `2${own.person}`,
    legacyUserId: own.person.slice(-6),
    persona: "recorded",
    zone,
    grantedScopes: allScopes,
    takesConsentBackAt: null,
    enrolledOn: formatDay(zone.dayOf(first)),
    arm: mixText(0, own.person) % 2 === 0 ? "A" : "B",
    site: "Recorded",
    deviceName: "Fitbit",
    devices: (now) => [now >= syncedAt ? device : { ...device, lastSyncAt: null }],
    events: ({ from, to }) =>
      syncedAt >= from && syncedAt < to ? [{ at: syncedAt, kind: "synced" }] : [],
    heartRate: createSeries(own, shift, syncedAt),
    steps: { wearable: NOTHING, all: NOTHING },
    sleeps: () => [],
    exercises: () => [],
    weight: NOTHING,
  };
}

/** Everything but heart rate is not replayed, even where the recording has it. */
const NOTHING: SampleSeries = {
  known: () => undefined,
  measured: () => undefined,
  extent: () => ({ from: 0, to: 0 }),
};

function createSeries(
  { wallSeconds, bpm }: PersonRecording,
  shift: number,
  syncedAt: number,
): SampleSeries {
  const instant = (i: number): number => toInstant(wallSeconds[i] ?? 0, shift);
  const { length } = wallSeconds;
  const measured: SampleSeries["measured"] = ({ from, to }, visit) => {
    for (let i = firstWhere(length, (j) => instant(j) >= from); i < length; i++) {
      const at = instant(i);
      if (at >= to) return;
      visit(at, bpm[i] ?? 0);
    }
  };
  return {
    measured,
    known: (range, now, visit) => {
      if (syncedAt <= now) measured(range, visit);
    },
    extent: (now) => {
      const from = instant(0);
      return { from, to: syncedAt <= now ? instant(length - 1) + 1 : from };
    },
  };
}
