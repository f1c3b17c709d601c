import type { Session } from "./session.ts";

/** Write-ahead log after which a checkpoint is due: replay after a kill reads about 100 MB a second. */
const LOG_BYTES = 64 * 1024 * 1024;
const INTERVAL_MS = 60_000;
/** How often, at most, the log's length is asked for while statements run. */
const MEASURE_MS = 250;

/** Keeps the write-ahead log short; PGlite has no background process that would. */
export type Checkpoints = Readonly<{
  /** To call after each batch by whoever holds the session, with no transaction open. */
  afterBatch(): Promise<void>;
  /** Checkpoints at once, where anything was written; waits for the session. */
  now(): Promise<void>;
  stop(): void;
}>;

export function createCheckpoints(session: Session): Checkpoints {
  const holder = {};
  let checkpointAt = 0;
  let measuredAtMs = 0;

  /** Bytes of log so far; in PGlite a call costs about 0.2 ms. */
  async function measure(): Promise<number> {
    measuredAtMs = Date.now();
    return await session.asSuperuser(async (db) => {
      const { rows } = await db.query<{ bytes: number }>(
        "select (pg_catalog.pg_current_wal_lsn() - '0/0'::pg_lsn)::float8 as bytes",
      );
      return rows[0]?.bytes ?? 0;
    });
  }

  async function checkpoint(): Promise<void> {
    await session.asSuperuser((db) => db.exec("checkpoint"));
    // The checkpoint writes a record of its own, which must not count as something to save.
    checkpointAt = await measure();
  }

  async function now(): Promise<void> {
    await session.acquire(holder);
    try {
      if ((await measure()) !== checkpointAt) await checkpoint();
    } finally {
      session.release(holder);
    }
  }

  const timer = setInterval(() => void now(), INTERVAL_MS);
  timer.unref();
  return {
    async afterBatch() {
      if (Date.now() - measuredAtMs < MEASURE_MS) return;
      if ((await measure()) - checkpointAt > LOG_BYTES) await checkpoint();
    },
    now,
    stop: () => clearInterval(timer),
  };
}
