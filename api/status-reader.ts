import { readChangeCounter } from "../sql/participants.ts";
import type { Queryable } from "../sql/pool.ts";
import type { IngestHealth } from "../sql/runs.ts";
import { readIngestHealth } from "../sql/runs.ts";
import type { ParticipantStatus, StripDay } from "../sql/status.ts";
import { readStatuses, readStrips } from "../sql/status.ts";
import type { Study } from "../sql/studies.ts";
import { listStudies } from "../sql/studies.ts";
import { DatabaseSilent } from "./failures.ts";

const STRIP_DAYS = 14;
const PATIENCE_MS = 10_000;

export type StatusReading = Readonly<{
  counter: number;
  readAt: Date;
  rows: readonly ParticipantStatus[];
  studies: readonly Study[];
  health: IngestHealth;
}>;

export type StatusReader = Readonly<{
  /** Everybody's status, as of the last change. */
  all(): Promise<StatusReading>;
  /** Says that the counter was seen at this value: a reading of another value is not shown again. */
  notice(counter: number): void;
  /** The wear strips of those a page shows. */
  strips(shown: readonly ParticipantStatus[]): Promise<ReadonlyMap<string, readonly StripDay[]>>;
}>;

/**
 * Reads what the status page shows. Every open page asks at the same moment, when something has changed: they
 * share one reading per value of the change counter, never older than `maxAgeMs`; within `freshMs` the counter is
 * not even asked, so that a daily run that changes something every moment does not read everybody for every page.
 */
export function createStatusReader({
  db,
  clock,
  maxAgeMs,
  freshMs,
}: Readonly<{
  db: Queryable;
  clock: () => Date;
  maxAgeMs: number;
  freshMs: number;
}>): StatusReader {
  let shared: Readonly<{ counter: number; at: number; reading: Promise<StatusReading> }> | null =
    null;

  async function read(counter: number): Promise<StatusReading> {
    const readAt = clock();
    const rows = await readStatuses(db, readAt);
    const studies = await listStudies(db);
    return { counter, readAt, rows, studies, health: await readIngestHealth(db) };
  }

  const all = async () => {
    const now = clock().getTime();
    if (shared !== null && now - shared.at < freshMs) return withPatience(shared.reading);
    const counter = await withPatience(readChangeCounter(db));
    if (shared?.counter !== counter || now - shared.at > maxAgeMs) {
      shared = { counter, at: now, reading: read(counter) };
      shared.reading.catch(() => {
        shared = null;
      });
    }
    return withPatience(shared.reading);
  };
  const notice = (counter: number) => {
    if (shared !== null && shared.counter !== counter) shared = null;
  };
  return { all, notice, strips: (shown) => withPatience(readStrips(db, shown, STRIP_DAYS)) };
}

/** The answer, or DatabaseSilent when it does not come in the time a page may take. */
export async function withPatience<Answer>(
  answer: Promise<Answer>,
  patienceMs = PATIENCE_MS,
): Promise<Answer> {
  const { promise: silence, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new DatabaseSilent("no answer in time")), patienceMs);
  return Promise.race([answer, silence]).finally(() => clearTimeout(timer));
}
