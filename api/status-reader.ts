import { readChangeCounter } from "../sql/participants.ts";
import type { Queryable } from "../sql/pool.ts";
import type { IngestHealth } from "../sql/runs.ts";
import { readIngestHealth } from "../sql/runs.ts";
import type { StatusRow } from "../sql/status.ts";
import { readStatus } from "../sql/status.ts";
import type { Study } from "../sql/studies.ts";
import { listStudies } from "../sql/studies.ts";
import { DatabaseSilent } from "./failures.ts";

const STRIP_DAYS = 14;
const PATIENCE_MS = 10_000;

export type StatusReading = Readonly<{
  counter: number;
  readAt: Date;
  rows: readonly StatusRow[];
  studies: readonly Study[];
  health: IngestHealth;
}>;

/**
 * Reads what the status page shows. Every open page asks at the same moment, when something has changed: they
 * share one reading per value of the change counter, never older than `maxAgeMs`.
 */
export function createStatusReader({
  db,
  clock,
  maxAgeMs,
}: Readonly<{ db: Queryable; clock: () => Date; maxAgeMs: number }>): () => Promise<StatusReading> {
  let shared: Readonly<{ counter: number; at: number; reading: Promise<StatusReading> }> | null =
    null;

  async function read(counter: number): Promise<StatusReading> {
    const readAt = clock();
    const rows = await readStatus(db, { now: readAt, days: STRIP_DAYS });
    const studies = await listStudies(db);
    return { counter, readAt, rows, studies, health: await readIngestHealth(db) };
  }

  return async () => {
    const counter = await withPatience(readChangeCounter(db));
    const now = clock().getTime();
    if (shared?.counter !== counter || now - shared.at > maxAgeMs) {
      shared = { counter, at: now, reading: read(counter) };
      shared.reading.catch(() => {
        shared = null;
      });
    }
    return withPatience(shared.reading);
  };
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
