import { TemporalFailure } from "@temporalio/common";
import { storeDevices } from "../sql/devices.ts";
import { planReading } from "../sql/ledger.ts";
import type { Participant } from "../sql/participants.ts";
import { announceChange } from "../sql/participants.ts";
import { noteFetches, quarantineReply } from "../sql/quarantine.ts";
import { readAnalysisSeries } from "../sql/series.ts";
import { toFailure } from "./failure.ts";
import { keepBeating } from "./heartbeat.ts";
import type { Skip } from "./may-read.ts";
import { whyNotRead } from "./may-read.ts";
import type { HeartRateReading, IngestDeps } from "./read-windows.ts";
import { keepingReplies, mustFind, readWindows, workflowRunId } from "./read-windows.ts";
import type { ReadingWindow } from "./reading-plan.ts";
import { joinDays } from "./reading-plan.ts";

export type PlanIngest = Readonly<{ participant: string; scheduledAt: string }>;

/** What one run is to do. `skip` says why nothing is fetched; then there are no windows. */
export type IngestPlan = Readonly<{
  state: string;
  skip: Skip | null;
  /** The reply about devices did not fit and lies in quarantine: the plan goes by the sync known before. */
  devicesUnread: boolean;
  /** The newest device sync known before reading; null where the source tells of none. */
  syncAt: string | null;
  windows: readonly ReadingWindow[];
}>;

export type FetchHeartRate = Readonly<{ participant: string; windows: readonly ReadingWindow[] }>;

const HOUR_MS = 3_600_000;
/** A start as late as this may be a back-fill's: its own day is read again, with all that is open. */
const LATE_MS = HOUR_MS;
/** A start older than this is a back-fill's, for an outage catches up on one day only: nothing but its day is read. */
const BACKFILL_AFTER_MS = 24 * HOUR_MS;

export function createIngestActivities(deps: IngestDeps) {
  const { log } = deps;
  return {
    /** Re-checks the participant, reads devices and settings, and says which stretches of heart rate to read. */
    async planIngest(input: PlanIngest): Promise<IngestPlan> {
      const beat = keepBeating();
      try {
        return await plan(deps, input);
      } catch (error) {
        throw toFailure(error, log);
      } finally {
        beat.stop();
      }
    },

    /** Reads heart rate window by window and stores each page as it comes; safe to run any number of times. */
    async fetchHeartRate({ participant, windows }: FetchHeartRate): Promise<HeartRateReading> {
      const beat = keepBeating();
      try {
        return await readWindows(deps, participant, windows, beat.note);
      } catch (error) {
        throw error instanceof TemporalFailure ? error : toFailure(error, log);
      } finally {
        beat.stop();
      }
    },
  };
}

async function plan(deps: IngestDeps, input: PlanIngest): Promise<IngestPlan> {
  const { db, source, clock } = deps;
  const person = await mustFind(db, input.participant);
  const { state } = person;
  const skip = await whyNotRead(db, person, source.name, clock());
  if (skip) return { state, skip, devicesUnread: false, syncAt: null, windows: [] };
  const devicesUnread = !(await readDevices(deps, person));
  const series = await readAnalysisSeries(db, "heart_rate", source.name);
  const at = new Date(input.scheduledAt);
  const now = clock();
  const late = now.getTime() - at.getTime();
  const reading = await planReading(db, person.id, series.id, {
    now,
    reopen: late > LATE_MS ? { at, only: late > BACKFILL_AFTER_MS } : null,
  });
  const maxDays = source.capabilities.maxWindowDays(series.metric, series.resolution);
  return {
    state,
    skip: null,
    devicesUnread,
    syncAt: reading.syncAt?.toISOString() ?? null,
    windows: joinDays(reading.days, maxDays),
  };
}

/** Stores what is paired and when it synced; false where the reply did not fit and is kept instead. */
async function readDevices(deps: IngestDeps, person: Participant): Promise<boolean> {
  const { db, source, grants, clock } = deps;
  const ask = () => grants.withAccessToken(person.id, (token) => source.fetchDevices(token));
  const reply = await keepingReplies(deps, person, null, ask);
  if (reply === null) return false;
  const seenAt = clock();
  await storeDevices(db, person.id, source.name, { devices: reply.devices, seenAt });
  await noteFetches(db, person.id, workflowRunId(), reply.provenance);
  for (const rejected of reply.rejected) {
    await quarantineReply(db, { participantId: person.id, seriesId: null, seenAt, ...rejected });
  }
  await announceChange(db);
  return true;
}
