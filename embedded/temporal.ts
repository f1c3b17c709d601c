import { fileURLToPath } from "node:url";
import { z } from "zod";
import type { ChildExit } from "./child.ts";
import { startChild } from "./child.ts";

export type TemporalOptions = Readonly<{
  /** The CLI, from `findTemporal`. */
  command: string;
  /** SQLite file, made on first use; its lock and pid file lie beside it. */
  dataFile: string;
  namespace: string;
  /** Type by name: `{ Study: "Keyword" }`. */
  searchAttributes?: Readonly<Record<string, string>>;
  /** 0, the default of both, picks a free port. */
  port?: number;
  uiPort?: number;
  /** Every line the process writes. */
  onLine?: (line: string) => void;
}>;

/** A running embedded Temporal server, for the supervisor and for tests. */
export type Temporal = Readonly<{
  /** host:port for clients. */
  address: string;
  /** http address of the UI. */
  uiAddress: string;
  /** Of the process that keeps the server. */
  pid: number;
  /** Of the server itself. */
  serverPid: number;
  exited: Promise<ChildExit>;
  lastWords(): string;
  stop(): Promise<void>;
  /** kill -9 of the keeper: the server stays behind until the next start. */
  kill(): Promise<void>;
}>;

const Ready = z.object({
  address: z.string(),
  uiAddress: z.string(),
  serverPid: z.number().int(),
});
const entry = fileURLToPath(new URL("temporal-process.ts", import.meta.url));

/** Starts Temporal's dev server and waits until it is healthy, with the namespace, its retention and attributes. */
export async function startTemporal(options: TemporalOptions): Promise<Temporal> {
  const { command, dataFile, namespace, searchAttributes = {}, port = 0, uiPort = 0 } = options;
  const attributes = Object.entries(searchAttributes).flatMap(([name, type]) => [
    "--search-attribute",
    `${name}=${type}`,
  ]);
  const child = await startChild({
    entry,
    args: [
      ...["--command", command, "--data-file", dataFile, "--namespace", namespace],
      ...["--port", String(port), "--ui-port", String(uiPort), ...attributes],
    ],
    what: "The embedded Temporal server",
    onLine: options.onLine,
  });
  const { pid, exited, lastWords, stop, kill } = child;
  return { ...Ready.parse(child.ready), pid, exited, lastWords, stop, kill };
}
