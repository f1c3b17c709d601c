import assert from "node:assert/strict";
import { MockActivityEnvironment } from "@temporalio/testing";
import type { ImputationPool } from "../activities/imputation-pool.ts";
import { createImputationPool } from "../activities/imputation-pool.ts";
import type { ImputeResult } from "../activities/impute.ts";
import { createImputeActivities } from "../activities/impute.ts";
import type { TestDatabase } from "./database.ts";
import { testDatabase } from "./database.ts";
import type { MadeGap } from "./imputed-person.ts";
import { imputedPerson } from "./imputed-person.ts";

/** How many days somebody has, and their first, from which on gaps are filled. */
export const DAYS = 8;
export const SINCE = "2026-11-01";
/** On the fifth day: a worn gap of half an hour, one of two minutes, time off the wrist, and what has not synced. */
export const WORN: MadeGap = { start: 4 * 1440 + 700, length: 30, cause: "sensor_dropout" };
export const SHORT: MadeGap = { start: 4 * 1440 + 900, length: 2, cause: "short_unknown" };
const OFF: MadeGap = { start: 4 * 1440 + 1000, length: 40, cause: "not_worn" };
const UNSYNCED: MadeGap = { start: 4 * 1440 + 1200, length: 20, cause: "not_yet_synced" };
const GAPS = [WORN, SHORT, OFF, UNSYNCED];

/** A database of a test file's own, and the activity that fills gaps in it. */
export type Imputing = Readonly<{
  database: TestDatabase;
  pool: ImputationPool;
  /** Fills a participant's gaps from a local day on, as if it were `now`. */
  impute(participant: string, since?: string, now?: string): Promise<ImputeResult>;
  /** Somebody with these gaps. */
  person(shortId: string, gaps?: readonly MadeGap[]): ReturnType<typeof imputedPerson>;
  stop(): Promise<void>;
}>;

export async function startImputing(): Promise<Imputing> {
  const database = await testDatabase();
  const pool = createImputationPool({ threads: 1 });
  return {
    database,
    pool,
    async impute(participant, since = SINCE, now = "2026-11-09T06:00:00Z") {
      const { imputeGaps } = createImputeActivities({
        db: database.app,
        sourceName: "google-health",
        imputation: pool,
        clock: () => new Date(now),
        log: { error: (fields) => assert.fail(JSON.stringify(fields)) },
      });
      return await new MockActivityEnvironment().run(imputeGaps, { participant, since });
    },
    person: (shortId, gaps = GAPS) =>
      imputedPerson(database.app, shortId, { from: SINCE, days: DAYS, gaps }),
    async stop() {
      await pool.close();
      await database.stop();
    },
  };
}
