import type { TestContext } from "node:test";
import type { Command } from "../bin/commands/installation.ts";
import { readConfig } from "../config.ts";
import type { TestDatabase } from "./database.ts";

/** Runs a command of `npm run wearflow --` as Ola would on this database, without Temporal, and returns what it prints. */
export async function runCommand(
  t: TestContext,
  { app, owner }: TestDatabase,
  command: Command,
  ...args: string[]
): Promise<string> {
  const { mock } = t.mock.method(console, "log", () => undefined);
  const installation = {
    config: readConfig({}),
    db: app,
    owner,
    actor: "command:ola",
    temporal: () => Promise.reject(new Error("no Temporal here")),
    close: () => Promise.resolve(),
  };
  await command.run(args, installation).finally(() => mock.restore());
  return mock.calls.map(({ arguments: [line] }) => String(line)).join("\n");
}
