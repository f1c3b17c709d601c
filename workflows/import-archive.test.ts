import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Client, Connection } from "@temporalio/client";
import { importCommand } from "../bin/commands/import.ts";
import type { Installation } from "../bin/commands/installation.ts";
import { environmentWith, readConfig } from "../config.ts";
import type { Temporal } from "../embedded/temporal.ts";
import { countImported } from "../sql/import-days.ts";
import { ensureStudy } from "../sql/studies.ts";
import type { TestDatabase } from "../testing/database.ts";
import { testDatabase } from "../testing/database.ts";
import { needs } from "../testing/requirements.ts";
import { eventually, killHard } from "../testing/stack.ts";
import { testTemporal } from "../testing/temporal.ts";

const root = fileURLToPath(new URL("../", import.meta.url));

let folder: string;
let database: TestDatabase;
let temporal: Temporal;
let client: Client;
let worker: ChildProcess | undefined;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "wearflow-import-"));
  database = await testDatabase();
  temporal = await testTemporal(join(folder, "temporal.db"));
  const connection = await Connection.connect({ address: temporal.address });
  client = new Client({ connection, namespace: "wearflow" });
  await ensureStudy(database.app, {
    slug: "archive",
    name: "Archive",
    settings: {},
    by: "a test",
    why: "to test",
  });
});

after(async () => {
  if (worker?.pid !== undefined) killHard(worker.pid);
  await client.connection.close();
  await temporal.stop();
  await database.stop();
  await rm(folder, { recursive: true, force: true });
});

/** The product's own worker in a process of its own, so that it can be killed. */
function startWorker(): ChildProcess {
  return spawn(process.execPath, ["worker/main.ts"], {
    cwd: root,
    env: environmentWith({
      DATABASE_URL: database.url("wearflow_app"),
      DATABASE_OWNER_URL: database.url("wearflow_owner"),
      TEMPORAL_ADDRESS: temporal.address,
      ALLOW_EMBEDDED: "1",
      GOOGLE_CLIENT_ID: "nobody",
      GOOGLE_CLIENT_SECRET: "nothing",
      TOKEN_KEY: "0".repeat(64),
      LOG_LEVEL: "error",
    }),
    stdio: "ignore",
  });
}

/** `npm run wearflow -- import DIR …` as a person would, and what it prints. */
async function runImport(dir: string): Promise<string[]> {
  const lines: string[] = [];
  const { log } = console;
  console.log = (line: string) => void lines.push(line);
  const installation: Installation = {
    config: readConfig({}),
    db: database.app,
    owner: database.owner,
    actor: "command:ola",
    temporal: async () => client,
    close: async () => undefined,
  };
  const args = [dir, "--study", "archive", "--time-zone", "America/New_York"];
  await importCommand.run(args, installation).finally(() => {
    console.log = log;
  });
  return lines;
}

async function countSamples(): Promise<number> {
  const { rows } = await database.app.query<{ n: number }>(
    "select count(*)::int as n from study.sample where series_id = 101",
  );
  return rows[0]?.n ?? 0;
}

/** A hash of everything an import stores, so that "the same" means every row. */
async function hashStored() {
  const { rows } = await database.app.query(
    `select
       (select sum(hashint8((date_part('epoch', s.time) * 1000)::bigint * 10007 + s.value + s.participant_id)::bigint)
         from study.sample s)::text as samples,
       (select sum(hashint8(hashtextextended(d::text, 0))::bigint) from study.daily_value d)::text as days,
       (select sum(hashint8(hashtextextended(s::text, 0))::bigint) from study.session s)::text as sessions,
       (select sum(hashint8(hashtextextended(g::text, 0))::bigint) from study.session_stage g)::text as stages,
       (select count(*) from study.ledger_metric where final_at is not null)::int as final`,
  );
  return rows[0];
}

/** The recordings without the three people of whom there is most: `npm run bench:import` reads them all. */
async function copyRecordings(data: string): Promise<string> {
  const dir = join(folder, "export");
  await mkdir(dir);
  for (const name of await readdir(join(data, "fitabase"))) {
    if (!/(?:2347167796|4020332650|4388161847)\.csv/.test(name))
      await cp(join(data, "fitabase", name), join(dir, name));
  }
  return dir;
}

test("a real export: killed half-way and resumed it holds exactly what its files say, and again it changes no row", async (t) => {
  const data = needs(t, "shared-data");
  if (data === null) return;
  const dir = await copyRecordings(data);
  worker = startWorker();
  const first = runImport(dir);
  await eventually("half of the heart rate is stored", async () =>
    (await countSamples()) > 60_000 ? true : null,
  );
  if (worker.pid !== undefined) killHard(worker.pid);
  assert.ok((await countSamples()) < 211_985, "it was killed before the end");
  worker = startWorker();
  const said = await first;
  t.diagnostic(said.join("\n"));
  const holds = {
    participants: 33,
    heartRateSamples: 209_056 + 2929,
    stepMinutes: 195_856,
    steps: 6_938_153,
    sleepSessions: 1,
    sleepDays: 410,
    activityDays: 940,
    weights: 67,
  };
  assert.deepEqual(await countImported(database.app, "archive", "fitabase"), holds);
  assert.match(said.join("\n"), /Of 1,298,700 step minutes 1,102,844 are 0/);
  assert.match(said.join("\n"), /Every line was readable/);
  const stored = await hashStored();

  const again = (await runImport(dir)).join("\n");
  t.diagnostic(again);
  const all = /^all .*$/m.exec(again)?.[0].trim().split(/\s+/) ?? [];
  assert.deepEqual(all.slice(5, 7), ["0", "0"], "inserted and updated");
  assert.deepEqual(await hashStored(), stored);
});
