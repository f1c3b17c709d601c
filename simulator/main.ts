import { randomInt } from "node:crypto";
import { parseArgs } from "node:util";
import { serve } from "@hono/node-server";
import { z } from "zod";
import type { Simulator, SimulatorOptions } from "./create-simulator.ts";
import { createSimulator } from "./create-simulator.ts";

const LOOPBACK = "127.0.0.1";

const Arguments = z.object({
  host: z.string().min(1).default(LOOPBACK),
  port: z.coerce.number().int().min(0).max(65_535).default(0),
  seed: z.coerce.number().int().min(0).max(4_294_967_295).optional(),
  participants: z.coerce.number().int().min(0).max(100_000).optional(),
  epoch: z.iso.date().optional(),
  stories: z.string().min(1).optional(),
  replay: z.string().min(1).optional(),
  "shift-weeks": z.coerce.number().int().optional(),
  /** An address of the product that is notified of every sync, as soon as it is there. */
  notify: z.url().optional(),
});

type Address = Readonly<{ host: string; port: number; notify: string | undefined }>;

function readArguments(): Address & Readonly<{ options: SimulatorOptions }> {
  const { values } = parseArgs({
    options: {
      host: { type: "string" },
      port: { type: "string" },
      seed: { type: "string" },
      participants: { type: "string" },
      epoch: { type: "string" },
      stories: { type: "string" },
      replay: { type: "string" },
      "shift-weeks": { type: "string" },
      notify: { type: "string" },
    },
  });
  const read = Arguments.safeParse(values);
  if (!read.success)
    throw new Error(
      read.error.issues.map(({ path, message }) => `--${path.join(".")}: ${message}`).join("; "),
    );
  const { host, port, notify, seed, participants, epoch, stories, replay } = read.data;
  const { "shift-weeks": shiftWeeks } = read.data;
  const options = {
    seed: seed ?? randomInt(2 ** 31),
    ...(participants !== undefined && { participants }),
    ...(epoch !== undefined && { epoch }),
    ...(stories !== undefined && { stories: stories.split(",") }),
    ...(replay !== undefined && { replayFolder: replay }),
    ...(shiftWeeks !== undefined && { shiftWeeks }),
  };
  return { host, port, notify, options };
}

/** Listens and says so, on stdout and to the parent process where there is one. */
function listen(
  { app, seed, epoch, replayReport, notifier, subscribe }: Simulator,
  { host, port, notify, options: { participants } }: ReturnType<typeof readArguments>,
): void {
  const tick = async () => {
    if (notify !== undefined) await subscribe(notify);
    await notifier.tick();
  };
  setInterval(() => void tick(), 60_000).unref();
  const server = serve({ fetch: app.fetch, hostname: host, port }, (address) => {
    const ready = {
      port: address.port,
      seed,
      epoch,
      ...(participants !== undefined && { participants }),
      ...(replayReport !== null && { shiftWeeks: replayReport.shiftWeeks }),
    };
    console.log(`ready ${JSON.stringify(ready)}`);
    process.send?.({ ready });
  });
  server.on("error", (error: Error) => fail(`Cannot listen on ${host}:${port}: ${error.message}`));
  const stop = (): void => {
    server.close();
    process.exit(0);
  };
  for (const signal of ["SIGTERM", "SIGINT", "disconnect"] as const) process.on(signal, stop);
}

/** One line that says how much of the recording could not be read, and where to see it. */
function warnOfUnreadable({ replayReport }: Simulator): void {
  const { count = 0, first = [] } = replayReport?.unreadable ?? {};
  const [example] = first;
  if (example === undefined) return;
  const place = `${example.file}:${example.line} ${example.reason}`;
  console.error(
    `${count} unreadable lines passed over, first ${place}; see /simulator/replay-report`,
  );
}

function fail(message: string): void {
  console.error(message);
  process.exit(1);
}

try {
  const given = readArguments();
  const simulator = await createSimulator(given.options);
  warnOfUnreadable(simulator);
  listen(simulator, given);
} catch (error) {
  fail(error instanceof Error ? error.message : String(error));
}
