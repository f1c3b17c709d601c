import type { TestContext } from "node:test";
import type { Command } from "../bin/commands/installation.ts";
import { readConfig } from "../config.ts";
import type { TestDatabase } from "./database.ts";

/** What a command is run with, where its environment matters. */
export type RunOptions = Readonly<{
  env: Readonly<Record<string, string>>;
  args: readonly string[];
}>;

function optionsOf(asked: readonly string[] | readonly [RunOptions]): RunOptions {
  const [first] = asked;
  if (typeof first === "object") return first;
  return { env: {}, args: asked.filter((each) => typeof each === "string") };
}

/** Runs a command of `npm run wearflow --` as Ola would on this database, without Temporal, and returns what it prints. */
export async function runCommand(
  t: TestContext,
  { app, owner }: TestDatabase,
  command: Command,
  ...asked: string[] | [RunOptions]
): Promise<string> {
  const { args, env } = optionsOf(asked);
  const { mock } = t.mock.method(console, "log", () => undefined);
  const installation = {
    config: readConfig(env),
    db: app,
    owner,
    actor: "command:ola",
    temporal: () => Promise.reject(new Error("no Temporal here")),
    close: () => Promise.resolve(),
  };
  await command.run(args, installation).finally(() => mock.restore());
  return mock.calls.map(({ arguments: [line] }) => String(line)).join("\n");
}
