import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { bundleWorkflowCode, DefaultLogger } from "@temporalio/worker";

test("the workflow bundle holds the workflows and no code of any other folder", async () => {
  const { code } = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL("./index.ts", import.meta.url)),
    logger: new DefaultLogger("ERROR"),
  });
  for (const workflow of ["ingestParticipant", "contactParticipant", "maintain"])
    assert.match(code, new RegExp(workflow));
  const folders = ["activities", "sources", "sql", "api", "worker", "simulator", "embedded"];
  assert.doesNotMatch(code, new RegExp(`"\\./(${folders.join("|")})/`));
  assert.doesNotMatch(code, /node_modules\/(pg|hono|zod|pino)\//);
});
