import { Hono } from "hono";
import { readMaintenanceHealth } from "../sql/maintenance.ts";
import { readCoverage, readIngestHealth } from "../sql/runs.ts";
import type { AppDeps, AppEnv } from "./deps.ts";
import { isDatabaseUnreachable } from "./failures.ts";
import { coverageFaults, judgeHealth, maintenanceFaults } from "./health.ts";
import { withPatience } from "./status-reader.ts";

/** GET /healthz, open to everybody: what the database says of ingest; 503 when stale or unreachable. */
export function healthRoutes(
  { db, clock }: Pick<AppDeps, "db" | "clock">,
  startedAt: Date,
): Hono<AppEnv> {
  const routes = new Hono<AppEnv>();
  routes.get("/healthz", async (c) => {
    try {
      const now = clock();
      const [health, coverage, maintenance] = await withPatience(
        Promise.all([readIngestHealth(db), readCoverage(db, now), readMaintenanceHealth(db, now)]),
        5000,
      );
      const status = judgeHealth(health, { now, startedAt });
      const faults = [...coverageFaults(coverage), ...maintenanceFaults(maintenance)];
      const unwell = ["stale", "pipeline_fault"].includes(status) || faults.length > 0;
      return c.json({ status, ...health, coverage, maintenance, faults }, unwell ? 503 : 200);
    } catch (error) {
      if (!isDatabaseUnreachable(error)) throw error;
      const unknown = { lastGoodRunAt: null, activeParticipants: null, faultyStudies: null };
      return c.json({ status: "database_unreachable", ...unknown }, 503);
    }
  });
  return routes;
}
