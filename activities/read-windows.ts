import { Context } from "@temporalio/activity";
import { ApplicationFailure } from "@temporalio/common";
import { AuthorizationRevoked, ScopeMissing, UnexpectedReply } from "../sources/errors.ts";
import type { ReadingSpan, Source } from "../sources/source.ts";
import type { StoredPage } from "../sql/page-notes.ts";
import type { Participant } from "../sql/participants.ts";
import { findParticipant } from "../sql/participants.ts";
import type { Queryable } from "../sql/pool.ts";
import { quarantineReply } from "../sql/quarantine.ts";
import type { Series } from "../sql/series.ts";
import { readSeriesFrom } from "../sql/series.ts";
import type { FailureLog } from "./failure.ts";
import type { Grants } from "./grants.ts";
import { stopIfAsked } from "./heartbeat.ts";
import { whyNotRead } from "./may-read.ts";
import type { ReadingWindow } from "./reading-plan.ts";
import { createWindowStore } from "./window-store.ts";

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
}>;

/** Why the windows that were left were not read; `type` is the class of a source's refusal, or "NotAllowed". */
export type Stopped = Readonly<{ type: string; evidence: string | null }>;

export type SeriesReading = ReadingCounts & Readonly<{ ended: string; stopped: Stopped | null }>;

/** What is to be read of one data type: one or more series by the same requests. */
export type SeriesPlan = Readonly<{
  /** What it is called in outcomes. */
  name: string;
  /** Ids of the registry. */
  series: readonly number[];
  windows: readonly ReadingWindow[];
}>;

/** Data types read one after another, as far as an attempt got. */
export type Progress = Readonly<{ done: readonly SeriesReading[]; current: ReadingCounts | null }>;

/**
 * Reads plan by plan what earlier attempts have not; the answers are in the order of the plans. A permission that is
 * missing costs its own data type; any other refusal holds for all that are left, and they are not asked for.
 */
export async function readSeries(
  deps: IngestDeps,
  participant: string,
  plans: readonly SeriesPlan[],
  noteProgress: (progress: Progress) => void,
): Promise<readonly SeriesReading[]> {
  const before: Progress | undefined = Context.current().info.heartbeatDetails;
  let { done, current }: Progress = before ?? { done: [], current: null };
  const registry = await readSeriesFrom(deps.db, deps.source.name);
  for (const plan of plans.slice(done.length)) {
    const soFar = done;
    const note = (counts: ReadingCounts) => noteProgress({ done: soFar, current: counts });
    const from = current ?? freshCounts(deps.clock());
    const refused = done.at(-1)?.stopped;
    const reading =
      refused && refused.type !== "ScopeMissing"
        ? leftUnread(plan, from, refused)
        : await readWindows(deps, participant, seriesOf(plan, registry), {
            windows: plan.windows,
            from,
            note,
          });
    done = [...done, reading];
    current = null;
    noteProgress({ done, current });
  }
  return done;
}

function seriesOf({ name, series }: SeriesPlan, registry: readonly Series[]): Series[] {
  return series.map((id) => {
    const found = registry.find((one) => one.id === id);
    if (found) return found;
    throw new RangeError(`The registry has no series ${id} of ${name} any more`);
  });
}

/** What a plan comes to of which nothing more is read, and why. */
export function leftUnread(
  { windows }: SeriesPlan,
  from: ReadingCounts,
  stopped: Stopped,
): SeriesReading {
  const left = windows.slice(from.windowsDone).flatMap(({ days }) => days);
  return { ...from, unreadDays: [...from.unreadDays, ...left], stopped, ended: from.began };
}

/** Reads what earlier attempts have not; a refusal that holds for all that is left ends it, with what was read. */
export async function readWindows(
  deps: IngestDeps,
  participant: string,
  series: readonly Series[],
  {
    windows,
    from,
    note,
  }: Readonly<{
    windows: readonly ReadingWindow[];
    from: ReadingCounts;
    note: (counts: ReadingCounts) => void;
  }>,
): Promise<SeriesReading> {
  const { db, source, clock } = deps;
  let counts = from;
  let stopped: Stopped | null = null;
  for (const window of windows.slice(from.windowsDone)) {
    if (stopped !== null) break;
    const person = await mustFind(db, participant);
    const skip = await whyNotRead(db, person, source.name, clock());
    if (skip) stopped = { type: "NotAllowed", evidence: skip.why };
    else
      try {
        counts = await readWindow(deps, person, series, window, counts, note);
      } catch (error) {
        stopped = refusalOf(error);
      }
  }
  const left = windows.slice(counts.windowsDone).flatMap(({ days }) => days);
  const unreadDays = [...counts.unreadDays, ...left];
  return { ...counts, unreadDays, stopped, ended: clock().toISOString() };
}

/** A refusal of the source that concerns all windows alike; anything else is thrown on. */
function refusalOf(error: unknown): Stopped {
  if (error instanceof AuthorizationRevoked) return { type: error.name, evidence: error.evidence };
  if (error instanceof ScopeMissing) return { type: error.name, evidence: null };
  throw error;
}

/** Reads one window to its end; a reply that does not fit ends this window, is kept, and the others go on. */
async function readWindow(
  deps: IngestDeps,
  person: Participant,
  series: readonly Series[],
  window: ReadingWindow,
  before: ReadingCounts,
  note: (counts: ReadingCounts) => void,
): Promise<ReadingCounts> {
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
  counts = { ...counts, windowsDone: counts.windowsDone + 1 };
  note(counts);
  return counts;
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

/** The run an activity works for; provenance names it. */
export function workflowRunId(): string {
  return Context.current().info.workflowExecution?.runId ?? "no workflow";
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
