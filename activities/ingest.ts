import { Context } from "@temporalio/activity";
import { ApplicationFailure, TemporalFailure } from "@temporalio/common";
import { UnexpectedReply } from "../sources/errors.ts";
import type { Source, TimeWindow } from "../sources/source.ts";
import { readConnection } from "../sql/connections.ts";
import { storeDevices } from "../sql/devices.ts";
import { planReading } from "../sql/ledger.ts";
import type { Participant } from "../sql/participants.ts";
import { announceChange, findParticipant } from "../sql/participants.ts";
import type { Queryable } from "../sql/pool.ts";
import { noteFetches, quarantineReply } from "../sql/quarantine.ts";
import { storePage } from "../sql/samples.ts";
import type { Series } from "../sql/series.ts";
import { readAnalysisSeries } from "../sql/series.ts";
import type { FailureLog } from "./failure.ts";
import { toFailure } from "./failure.ts";
import type { Grants } from "./grants.ts";
import { keepBeating } from "./heartbeat.ts";
import type { ReadingWindow } from "./reading-plan.ts";
import { joinDays } from "./reading-plan.ts";

export type IngestDeps = Readonly<{
  db: Queryable;
  source: Source;
  grants: Grants;
  clock: () => Date;
  log: FailureLog;
}>;

export type PlanIngest = Readonly<{ participant: string; scheduledAt: string }>;

/** What one run is to do. `skip` says why nothing is fetched; then there are no windows. */
export type IngestPlan = Readonly<{
  state: string;
  skip: Readonly<{ outcome: "skipped" | "not_authorised"; why: string }> | null;
  /** The newest device sync known before reading; null where the source tells of none. */
  syncAt: string | null;
  windows: readonly ReadingWindow[];
}>;

export type FetchHeartRate = Readonly<{ participant: string; windows: readonly ReadingWindow[] }>;

/** Counts of one metric's reading, kept in the heartbeat so that another attempt goes on where this one ended. */
export type ReadingCounts = Readonly<{
  /** Windows finished, of those asked for. */
  windowsDone: number;
  inserted: number;
  updated: number;
  quarantined: number;
  pages: number;
  /** Local days whose window broke off at a reply that did not fit. */
  unreadDays: readonly string[];
  began: string;
}>;

export type HeartRateReading = ReadingCounts & Readonly<{ ended: string }>;

/** A scheduled start older than this was asked for by a backfill, not late by an outage (catch-up window: 1 day). */
const BACKFILL_AFTER_MS = 24 * 3_600_000;

export function createIngestActivities(deps: IngestDeps) {
  const { clock, log } = deps;
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
        const person = await mustFind(deps.db, participant);
        const series = await readAnalysisSeries(deps.db, "heart_rate", deps.source.name);
        let counts = resumed(clock());
        for (const window of windows.slice(counts.windowsDone)) {
          counts = await readWindow(deps, person, series, window, counts, beat.note);
        }
        return { ...counts, ended: clock().toISOString() };
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
  const nothing = { state: person.state, syncAt: null, windows: [] };
  if (person.state !== "active") {
    return { ...nothing, skip: { outcome: "skipped", why: `participant is ${person.state}` } };
  }
  const connection = await readConnection(db, person.id, source.name);
  if (connection === null) {
    return { ...nothing, skip: { outcome: "not_authorised", why: "no consent yet" } };
  }
  const { status } = connection;
  if (status === "revoked" || status === "reconsent_needed" || status === "not_linked") {
    return { ...nothing, skip: { outcome: "not_authorised", why: `connection is ${status}` } };
  }
  await readDevices(deps, person);
  const series = await readAnalysisSeries(db, "heart_rate", source.name);
  const scheduledAt = new Date(input.scheduledAt);
  const now = clock();
  const isBackfill = now.getTime() - scheduledAt.getTime() > BACKFILL_AFTER_MS;
  const reading = await planReading(db, person.id, series.id, {
    now,
    reopenAt: isBackfill ? scheduledAt : null,
  });
  const maxDays = source.capabilities.maxWindowDays(series.metric, series.resolution);
  return {
    state: person.state,
    skip: null,
    syncAt: reading.syncAt?.toISOString() ?? null,
    windows: joinDays(reading.days, maxDays),
  };
}

async function readDevices({ db, source, grants, clock }: IngestDeps, person: Participant) {
  const reply = await grants.withAccessToken(person.id, (token) => source.fetchDevices(token));
  const seenAt = clock();
  await storeDevices(db, person.id, source.name, { devices: reply.devices, seenAt });
  await noteFetches(db, person.id, workflowRunId(), reply.provenance);
  for (const rejected of reply.rejected) {
    await quarantineReply(db, { participantId: person.id, seriesId: null, seenAt, ...rejected });
  }
  await announceChange(db);
}

/** Reads one window to its end; a reply that does not fit ends this window, is kept, and the others go on. */
async function readWindow(
  deps: IngestDeps,
  person: Participant,
  series: Series,
  window: ReadingWindow,
  before: ReadingCounts,
  note: (counts: ReadingCounts) => void,
): Promise<ReadingCounts> {
  let counts = before;
  const span: TimeWindow = { from: new Date(window.from), to: new Date(window.to) };
  try {
    await deps.grants.withAccessToken(person.id, async (token) => {
      for await (const page of deps.source.fetchSamples(series, span, token)) {
        const owner = {
          participantId: person.id,
          seriesId: series.id,
          workflowRunId: workflowRunId(),
        };
        const stored = await storePage(deps.db, owner, page);
        counts = {
          ...counts,
          inserted: counts.inserted + stored.inserted,
          updated: counts.updated + stored.updated,
          quarantined: counts.quarantined + stored.quarantined,
          pages: counts.pages + 1,
        };
        note(counts);
        await stopIfAsked();
      }
    });
  } catch (error) {
    if (!(error instanceof UnexpectedReply)) throw error;
    await keepReply(deps, person, series, error);
    counts = {
      ...counts,
      quarantined: counts.quarantined + 1,
      unreadDays: [...counts.unreadDays, ...window.days],
    };
  }
  counts = { ...counts, windowsDone: counts.windowsDone + 1 };
  note(counts);
  return counts;
}

async function keepReply(
  { db, clock }: IngestDeps,
  person: Participant,
  series: Series,
  error: UnexpectedReply,
): Promise<void> {
  await quarantineReply(db, {
    participantId: person.id,
    seriesId: series.id,
    reason: "unexpected_reply",
    detail: error.message,
    payload: error.body ?? "",
    seenAt: clock(),
  });
}

async function mustFind(db: Queryable, shortId: string): Promise<Participant> {
  const person = await findParticipant(db, shortId);
  if (person) return person;
  throw ApplicationFailure.nonRetryable(`No participant ${shortId}`, "UnknownParticipant");
}

function workflowRunId(): string {
  return Context.current().info.workflowExecution?.runId ?? "no workflow";
}

/** What an earlier attempt had done before it was killed, or a fresh start. */
function resumed(now: Date): ReadingCounts {
  const details: ReadingCounts | undefined = Context.current().info.heartbeatDetails;
  const fresh = {
    windowsDone: 0,
    inserted: 0,
    updated: 0,
    quarantined: 0,
    pages: 0,
    unreadDays: [],
  };
  return details ?? { ...fresh, began: now.toISOString() };
}

/** Between pages: a cancelled run or a worker that is shutting down ends here, with everything stored so far. */
async function stopIfAsked(): Promise<void> {
  const { cancellationSignal, cancelled } = Context.current();
  if (cancellationSignal.aborted) await cancelled;
}
