import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { DefaultLogger, Runtime, Worker } from "@temporalio/worker";
import { workflowBundle } from "../worker/workflow-bundle.ts";

const logger = new DefaultLogger("ERROR");
Runtime.install({ logger });
const histories = new URL("../testing/histories/", import.meta.url);
const bundle = workflowBundle();

for (const name of readdirSync(histories)) {
  test(`a run that is under way goes on with today's code: ${name}`, async () => {
    const history: unknown = JSON.parse(await readFile(new URL(name, histories), "utf8"));
    const options = { workflowBundle: await bundle };
    await assert.doesNotReject(Worker.runReplayHistory(options, history));
  });
}

test("a change that would break a running workflow is noticed", async () => {
  const [name = ""] = readdirSync(histories);
  const text = await readFile(new URL(name, histories), "utf8");
  const altered: unknown = JSON.parse(text.replaceAll("planIngest", "planSomethingElse"));
  const options = { workflowBundle: await bundle };
  await assert.rejects(Worker.runReplayHistory(options, altered), /determinism/i);
});
