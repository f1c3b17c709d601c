import { readEndingGrants } from "../sql/ending-grants.ts";
import type { LastMessage } from "../sql/last-messages.ts";
import { readLastMessages } from "../sql/last-messages.ts";
import { readChangeCounter } from "../sql/participants.ts";
import type { Queryable } from "../sql/pool.ts";
import type { IngestHealth } from "../sql/runs.ts";
import { readIngestHealth } from "../sql/runs.ts";
import type { ParticipantStatus } from "../sql/status.ts";
import { readStatuses } from "../sql/status.ts";
import type { StripDay } from "../sql/strips.ts";
import { readMeanWear, readStrips } from "../sql/strips.ts";
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
  /** Everybody's status, a few seconds old at most. */
  all(): Promise<StatusReading>;
  /** Waits until what `all` answers is at least as new as this value of the change counter. */
  catchUp(counter: number): Promise<void>;
  /** The newest message to each of those a page shows. */
  lastMessages(shown: readonly ParticipantStatus[]): Promise<ReadonlyMap<string, LastMessage>>;
  /** When grants of those a page shows end by themselves, where that is near. */
  endings(shown: readonly ParticipantStatus[], now: Date): Promise<ReadonlyMap<string, Date>>;
  /** Mean minutes worn of these, by short id: what their strips say, without them. */
  meanWear(of: readonly ParticipantStatus[]): Promise<ReadonlyMap<string, number>>;
  /** The wear strips of those a page shows. */
  strips(shown: readonly ParticipantStatus[]): Promise<ReadonlyMap<string, readonly StripDay[]>>;
}>;

/**
 * Reads what the status page shows, once for all pages that ask meanwhile. A reading younger than `freshMs` is
 * answered as it is; up to `staleMs` too, while a newer one is under way: a page need not wait behind a daily run that
 * changes something every moment. Whoever is told of a change comes after `catchUp`, and so finds it.
 */
export function createStatusReader({
  db,
  clock,
  freshMs,
  staleMs,
}: Readonly<{
  db: Queryable;
  clock: () => Date;
  freshMs: number;
  staleMs: number;
}>): StatusReader {
  let last: StatusReading | null = null;
  let underWay: Promise<StatusReading> | null = null;

  async function read(): Promise<StatusReading> {
    const readAt = clock();
    // First of all: what follows is at least as new as the counter says.
    const counter = await readChangeCounter(db);
    const rows = await readStatuses(db, readAt);
    const studies = await listStudies(db);
    return { counter, readAt, rows, studies, health: await readIngestHealth(db) };
  }

  async function refresh(): Promise<StatusReading> {
    // Given up with the patience: a reading that never ends must not hold up those after it.
    underWay ??= withPatience(read()).finally(() => {
      underWay = null;
    });
    last = await underWay;
    return last;
  }

  return {
    async all() {
      const age =
        last === null ? Number.POSITIVE_INFINITY : clock().getTime() - last.readAt.getTime();
      if (last !== null && age < freshMs) return last;
      const refreshed = refresh();
      if (last === null || age > staleMs) return refreshed;
      // Whether it failed is told to those who have to wait for it.
      refreshed.catch(() => undefined);
      return last;
    },
    async catchUp(counter) {
      if (last !== null && last.counter >= counter) return;
      const { counter: reached } = await refresh();
      // It may have begun before the change.
      if (reached < counter) await refresh();
    },
    lastMessages: (shown) => withPatience(readLastMessages(db, idsOf(shown))),
    endings: (shown, now) => withPatience(readEndingGrants(db, idsOf(shown), now)),
    meanWear: (of) => withPatience(readMeanWear(db, of, STRIP_DAYS)),
    strips: (shown) => withPatience(readStrips(db, shown, STRIP_DAYS)),
  };
}

const idsOf = (rows: readonly ParticipantStatus[]) => rows.map(({ participant }) => participant);

/** The answer, or DatabaseSilent when it does not come in the time a page may take. */
export async function withPatience<Answer>(
  answer: Promise<Answer>,
  patienceMs = PATIENCE_MS,
): Promise<Answer> {
  const { promise: silence, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new DatabaseSilent("no answer in time")),
    patienceMs,
  ).unref();
  return Promise.race([answer, silence]).finally(() => clearTimeout(timer));
}
