import assert from "node:assert/strict";
import { MockActivityEnvironment } from "@temporalio/testing";
import type { ImputationPool } from "../activities/imputation-pool.ts";
import { createImputationPool } from "../activities/imputation-pool.ts";
import type { ImputeResult } from "../activities/impute.ts";
import { createImputeActivities } from "../activities/impute.ts";
import type { TestDatabase } from "./database.ts";
import { testDatabase } from "./database.ts";

/** A database of a test file's own, and the activity that fills gaps in it. */
export type Imputing = Readonly<{
  database: TestDatabase;
  pool: ImputationPool;
  /** Fills a participant's gaps from a local day on, as if it were `now`. */
  impute(participant: string, since: string, now?: string): Promise<ImputeResult>;
  stop(): Promise<void>;
}>;

export async function startImputing(): Promise<Imputing> {
  const database = await testDatabase();
  const pool = createImputationPool({ threads: 1 });
  return {
    database,
    pool,
    async impute(participant, since, now = "2026-11-09T06:00:00Z") {
      const { imputeGaps } = createImputeActivities({
        db: database.app,
        sourceName: "google-health",
        imputation: pool,
        clock: () => new Date(now),
        log: { error: (fields) => assert.fail(JSON.stringify(fields)) },
      });
      return await new MockActivityEnvironment().run(imputeGaps, { participant, since });
    },
    async stop() {
      await pool.close();
      await database.stop();
    },
  };
}
