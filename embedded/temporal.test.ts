import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { startOf } from "./process-identity.ts";
import type { Temporal, TemporalOptions } from "./temporal.ts";
import { startTemporal } from "./temporal.ts";
import { findTemporal } from "./temporal-binary.ts";

const folder = mkdtempSync(join(tmpdir(), "wearflow-temporal-"));
const dataFile = join(folder, "temporal.db");
const projectFolder = fileURLToPath(new URL("../.wearflow/temporal", import.meta.url));
let command: string;

before(async () => {
  ({ command } = await findTemporal({ projectFolder, path: "/usr/local/bin:/usr/bin:/bin" }));
});

const running: Temporal[] = [];

after(async () => {
  for (const server of running) await server.kill();
  rmSync(folder, { recursive: true });
});

/** Started here, it does not outlive a failed test. */
async function start(options: Partial<TemporalOptions> = {}): Promise<Temporal> {
  const server = await startTemporal({ command, dataFile, namespace: "wearflow", ...options });
  running.push(server);
  return server;
}

function ask(address: string, ...args: string[]): string {
  const own = ["--address", address, "--namespace", "wearflow"];
  return execFileSync(command, ["operator", ...args, ...own], { encoding: "utf8" });
}

test("the server is healthy when ready, keeps closed runs for a week and learns new search attributes", async () => {
  const first = await start({ searchAttributes: { Study: "Keyword" } });
  assert.match(ask(first.address, "namespace", "describe"), /RetentionTtl\s+168h/);
  const page = await fetch(first.uiAddress);
  assert.equal(page.status, 200);
  await first.stop();
  assert.equal(startOf(first.serverPid), null);
  assert.ok(!existsSync(`${dataFile}.pid`) && !existsSync(`${dataFile}.lock`));
  const second = await start({
    searchAttributes: { Study: "Keyword", Arm: "Keyword" },
  });
  assert.match(ask(second.address, "search-attribute", "list"), /Arm[\s\S]*Study/);
  await assert.rejects(start(), /already open in process/);
  await second.stop();
});

test("a server left behind by a killed keeper is stopped at the next start, and nothing else is", async () => {
  const first = await start();
  await first.kill();
  assert.notEqual(startOf(first.serverPid), null, "the server outlived its keeper");
  const port = Number(first.address.split(":")[1]);
  const second = await start({ port });
  assert.equal(startOf(first.serverPid), null);
  await second.stop();
  writeFileSync(`${dataFile}.pid`, String(process.pid));
  const third = await start();
  await assert.rejects(
    start({
      dataFile: join(folder, "other.db"),
      port: Number(third.address.split(":")[1]),
    }),
    /Port \d+ is in use.*TEMPORAL_PORT/,
  );
  await third.stop();
});
