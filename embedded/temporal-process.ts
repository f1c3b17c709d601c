import { mkdirSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { lockData } from "./data-lock.ts";
import { announceReady, endWith, oneLine } from "./lifetime.ts";
import { assertPortFree, findFreePort, LOOPBACK } from "./ports.ts";
import { stopOrphan } from "./temporal-orphan.ts";
import { startTemporalServer } from "./temporal-server.ts";

/** The embedded Temporal server: keeps one `temporal server start-dev` running until it is told to end. */

const port = z.coerce.number().int().min(0).max(65_535);
const Arguments = z.object({
  command: z.string().min(1),
  port,
  "ui-port": port,
  "data-file": z.string().min(1),
  namespace: z.string().min(1),
  "search-attribute": z.array(z.string().regex(/^\w+=\w+$/, "must be NAME=Type")).default([]),
});

const usage =
  "usage: node embedded/temporal-process.ts --command PATH --port N --ui-port N --data-file FILE --namespace NAME [--search-attribute NAME=Type]…";

function readArguments(): z.infer<typeof Arguments> {
  const text = { type: "string" } as const;
  const options = {
    command: text,
    port: text,
    "ui-port": text,
    "data-file": text,
    namespace: text,
    "search-attribute": { type: "string", multiple: true },
  } as const;
  try {
    return Arguments.parse(parseArgs({ options }).values);
  } catch (cause) {
    const reason = cause instanceof z.ZodError ? z.prettifyError(cause) : oneLine(cause);
    throw new Error(`${reason}; ${usage}`, { cause });
  }
}

function fail(error: unknown): never {
  console.error(oneLine(error));
  process.exit(1);
}

/** The port, or a free one for 0; throws where it is taken. */
async function choosePort(wanted: number, what: string, variable: string): Promise<number> {
  if (wanted === 0) return await findFreePort();
  await assertPortFree(wanted, what, variable);
  return wanted;
}

async function main(): Promise<void> {
  const given = readArguments();
  const dataFile = resolve(given["data-file"]);
  mkdirSync(dirname(dataFile), { recursive: true });
  process.on("exit", lockData(dataFile));
  const orphan = await stopOrphan(dataFile);
  if (orphan !== null) console.log(`stopped the server an earlier run left behind (pid ${orphan})`);
  const options = {
    command: given.command,
    port: await choosePort(given.port, "the Temporal server", "TEMPORAL_PORT"),
    uiPort: await choosePort(given["ui-port"], "the Temporal UI", "TEMPORAL_UI_PORT"),
    dataFile,
    namespace: given.namespace,
    searchAttributes: given["search-attribute"],
  };
  const server = await startTemporalServer(options);
  let stopping = false;
  endWith(async () => {
    stopping = true;
    await server.stop();
  }, fail);
  void server.exited.then(() => stopping || fail("temporal server start-dev ended unexpectedly"));
  const { port: clientPort, uiPort } = options;
  announceReady({
    address: `${LOOPBACK}:${clientPort}`,
    uiAddress: `http://${LOOPBACK}:${uiPort}`,
    serverPid: server.pid,
  });
}

process.on("uncaughtException", fail);
process.on("unhandledRejection", fail);
main().catch(fail);
