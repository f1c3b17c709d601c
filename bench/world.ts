import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { z } from "zod";
import { environmentWith } from "../config.ts";
import type { Child } from "../embedded/child.ts";
import { startChild } from "../embedded/child.ts";
import { findFreePort } from "../embedded/ports.ts";
import type { Temporal } from "../embedded/temporal.ts";
import { productVariables } from "../simulator/product-variables.ts";
import type { TestDatabase } from "../testing/database.ts";
import { testDatabase } from "../testing/database.ts";
import { testTemporal } from "../testing/temporal.ts";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../", import.meta.url));

/** An installation of N simulated participants whose worker and pages are started when the bench says so. */
export type World = Readonly<{
  database: TestDatabase;
  temporal: Temporal;
  startWorker(): Promise<Child>;
  /** Starts the pages and returns their address. */
  startPages(): Promise<string>;
  stop(): Promise<void>;
}>;

const Ready = z.object({ port: z.number().int() });

/** Enrols and connects N people whose first day is the one given; nothing has been fetched yet. */
export async function benchWorld(participants: number, enrolledOn: string): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), "wearflow-bench-"));
  const database = await testDatabase();
  const temporal = await testTemporal(join(folder, "temporal.db"));
  const children: Child[] = [];
  const start = async (entry: string, args: string[], env: NodeJS.ProcessEnv) => {
    const child = await startChild({ entry: join(root, entry), args, env, what: entry });
    children.push(child);
    return child;
  };
  const simulation = ["--participants", String(participants), "--seed", "7", "--port", "0"];
  const simulator = await start("simulator/main.ts", simulation, environmentWith({}));
  const url = `http://127.0.0.1:${Ready.parse(simulator.ready).port}`;
  const httpPort = String(await findFreePort());
  const env = environmentWith({
    DATABASE_URL: database.url("wearflow_app"),
    DATABASE_OWNER_URL: database.url("wearflow_owner"),
    EMBEDDED: "1",
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_UI_URL: temporal.uiAddress,
    TOKEN_KEY: randomBytes(32).toString("hex"),
    ...productVariables(url),
    HTTP_PORT: httpPort,
    LOG_LEVEL: "warn",
  });
  await run(process.execPath, ["bin/seed-demo.ts"], { cwd: root, env });
  await database.app.query("update study.participant set enrolled_on = $1::date", [enrolledOn]);
  return {
    database,
    temporal,
    startWorker: () => start("worker/main.ts", [], env),
    async startPages() {
      await start("api/main.ts", [], env);
      return `http://127.0.0.1:${httpPort}`;
    },
    async stop() {
      // At once: what was to be measured is measured, and a worker with a thousand runs at hand takes its time.
      for (const child of children.toReversed()) await child.kill();
      await temporal.stop();
      await database.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** How many people a run of theirs has finished of. */
export async function runsFinished({ app }: TestDatabase): Promise<number> {
  const { rows } = await app.query<{ n: number }>(
    "select count(distinct participant_id)::int as n from study.ingest_run where finished_at > now() - interval '1 hour'",
  );
  return rows[0]?.n ?? 0;
}

/** The first minute of everybody's runs is workflows that begin; what pages wait behind is what comes after. */
export async function untilRunsFinish(database: TestDatabase, count: number): Promise<void> {
  while ((await runsFinished(database)) < count) await wait(500);
}

/** The day `count` days before today, UTC. */
export function daysAgo(count: number): string {
  return new Date(Date.now() - count * 86_400_000).toISOString().slice(0, 10);
}
