import { ApplicationFailure } from "@temporalio/common";
import { AuthorizationRevoked, ScopeMissing, UnexpectedReply } from "../sources/errors.ts";
import type { ReadingSpan, Source } from "../sources/source.ts";
import type { StoredPage } from "../sql/page-notes.ts";
import type { Participant } from "../sql/participants.ts";
import { findParticipant } from "../sql/participants.ts";
import type { Queryable } from "../sql/pool.ts";
import { quarantineReply } from "../sql/quarantine.ts";
import type { Series } from "../sql/series.ts";
import type { FailureLog } from "./failure.ts";
import type { Grants } from "./grants.ts";
import { stopIfAsked } from "./heartbeat.ts";
import { whyNotRead } from "./may-read.ts";
import type { ReadingWindow } from "./reading-plan.ts";
import { answersElsewhere, isUnanswered, PATIENCE } from "./unanswered.ts";
import { createWindowStore } from "./window-store.ts";
import { workflowRunId } from "./workflow-run-id.ts";

/** What reading from a source needs. */
export type IngestDeps = Readonly<{
  db: Queryable;
  source: Source;
  grants: Grants;
  clock: () => Date;
  log: FailureLog;
}>;

/** Counts of one series' reading, kept in the heartbeat so that another attempt goes on where this one ended. */
export type ReadingCounts = Readonly<{
  /** Windows finished, of those asked for. */
  windowsDone: number;
  inserted: number;
  /** Values that changed, or that the source has withdrawn. */
  updated: number;
  quarantined: number;
  pages: number;
  /** Local days whose window broke off, or was not asked for any more. */
  unreadDays: readonly string[];
  began: string;
  /** Attempts in a row that ended without an answer, since a window was last finished. */
  unanswered?: number;
}>;

/** Why the windows that were left were not read; `type` is the class of a source's refusal, or "NotAllowed". */
export type Stopped = Readonly<{ type: string; evidence: string | null }>;

export type SeriesReading = ReadingCounts & Readonly<{ ended: string; stopped: Stopped | null }>;

/**
 * Reads what earlier attempts have not; a refusal that holds for all that is left ends it, with what was read. So does
 * an endpoint that alone does not answer, at the attempt after which `patience` with it is over.
 */
export async function readWindows(
  deps: IngestDeps,
  participant: string,
  series: readonly Series[],
  {
    windows,
    from,
    note,
    patience = PATIENCE,
  }: Readonly<{
    windows: readonly ReadingWindow[];
    from: ReadingCounts;
    note: (counts: ReadingCounts) => void;
    patience?: number;
  }>,
): Promise<SeriesReading> {
  const { db, source, clock } = deps;
  let counts = from;
  let stopped: Stopped | null = null;
  const keep = (now: ReadingCounts) => {
    counts = now;
    note(now);
  };
  for (const window of windows.slice(from.windowsDone)) {
    if (stopped !== null) break;
    const person = await mustFind(db, participant);
    const skip = await whyNotRead(db, person, source.name, clock());
    if (skip) stopped = { type: "NotAllowed", evidence: skip.why };
    else
      stopped = await readWindow(deps, person, series, window, counts, keep).then(
        () => null,
        (error: unknown) => whyStopped(error, { deps, person, series, counts, keep, patience }),
      );
  }
  const left = windows.slice(counts.windowsDone).flatMap(({ days }) => days);
  const unreadDays = [...counts.unreadDays, ...left];
  return { ...counts, unreadDays, stopped, ended: clock().toISOString() };
}

type Failing = Readonly<{
  deps: IngestDeps;
  person: Participant;
  series: readonly Series[];
  counts: ReadingCounts;
  keep: (counts: ReadingCounts) => void;
  patience: number;
}>;

/**
 * A refusal of the source that concerns all windows alike, or that this data type alone is not answered. Anything else
 * is thrown on: an outage of the whole source, too, is waited for.
 */
async function whyStopped(
  error: unknown,
  { deps, person, series, counts, keep, patience }: Failing,
): Promise<Stopped> {
  if (error instanceof AuthorizationRevoked) return { type: error.name, evidence: error.evidence };
  if (error instanceof ScopeMissing) return { type: error.name, evidence: null };
  if (!isUnanswered(error)) throw error;
  const unanswered = (counts.unanswered ?? 0) + 1;
  keep({ ...counts, unanswered });
  if (unanswered < patience) throw error;
  if (!(await answersElsewhere(deps, person, series[0]?.dataType ?? null))) throw error;
  return { type: error.name, evidence: null };
}

/** Reads one window to its end; a reply that does not fit ends this window, is kept, and the others go on. */
async function readWindow(
  deps: IngestDeps,
  person: Participant,
  series: readonly Series[],
  window: ReadingWindow,
  before: ReadingCounts,
  note: (counts: ReadingCounts) => void,
): Promise<void> {
  let counts = before;
  const span: ReadingSpan = {
    from: new Date(window.from),
    to: new Date(window.to),
    days: window.days.toReversed(),
  };
  const seriesIds = series.map(({ id }) => id);
  const owner = { participantId: person.id, seriesIds, workflowRunId: workflowRunId() };
  const readPages = () =>
    deps.grants.withAccessToken(person.id, async (token) => {
      const whole = createWindowStore(deps.db, owner, { span, began: deps.clock() });
      for await (const page of deps.source.fetchPages(series, span, token)) {
        counts = addPage(counts, await whole.store(page));
        note(counts);
        await stopIfAsked();
      }
      return whole.close(deps.clock());
    });
  const whole = await keepingReplies(deps, person, series[0] ?? null, readPages);
  counts =
    whole === null
      ? {
          ...counts,
          quarantined: counts.quarantined + 1,
          unreadDays: [...counts.unreadDays, ...window.days],
        }
      : { ...counts, updated: counts.updated + whole.withdrawn };
  note({ ...counts, windowsDone: counts.windowsDone + 1, unanswered: 0 });
}

function addPage(counts: ReadingCounts, stored: StoredPage): ReadingCounts {
  return {
    ...counts,
    inserted: counts.inserted + stored.inserted,
    updated: counts.updated + stored.updated,
    quarantined: counts.quarantined + stored.quarantined,
    pages: counts.pages + 1,
  };
}

/** Runs a reading; a reply that does not fit is kept in quarantine, and null is what was read. */
export async function keepingReplies<Value>(
  { db, clock }: IngestDeps,
  person: Participant,
  series: Series | null,
  read: () => Promise<Value>,
): Promise<Value | null> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof UnexpectedReply)) throw error;
    await quarantineReply(db, {
      participantId: person.id,
      seriesId: series?.id ?? null,
      reason: "unexpected_reply",
      detail: error.message,
      payload: error.body ?? "",
      seenAt: clock(),
    });
    return null;
  }
}

/** The participant with this short id; a failure that no retry cures where nobody has it. */
export async function mustFind(db: Queryable, shortId: string): Promise<Participant> {
  const person = await findParticipant(db, shortId);
  if (person) return person;
  throw ApplicationFailure.nonRetryable(`No participant ${shortId}`, "UnknownParticipant");
}

/** A reading that has not begun. */
export function freshCounts(now: Date): ReadingCounts {
  return {
    windowsDone: 0,
    inserted: 0,
    updated: 0,
    quarantined: 0,
    pages: 0,
    unreadDays: [],
    began: now.toISOString(),
  };
}
