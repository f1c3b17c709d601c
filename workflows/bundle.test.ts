import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { bundlePath, workflowBundle } from "../worker/workflow-bundle.ts";

const root = fileURLToPath(new URL("../", import.meta.url));
await workflowBundle();
const code = await readFile(bundlePath(), "utf8");
const [, encoded = ""] = code.match(/sourceMappingURL=data:[^,]*,([A-Za-z0-9+/=]+)/) ?? [];
const { sources } = z
  .object({ sources: z.array(z.string()) })
  .parse(JSON.parse(Buffer.from(encoded, "base64").toString("utf8")));

test("the workflow bundle holds the workflows and no code of any other folder, for only these make a new one", () => {
  for (const workflow of ["ingestParticipant", "contactParticipant", "maintain"])
    assert.match(code, new RegExp(workflow));
  const ours = sources.filter((path) => path.startsWith(root) && !path.includes("/node_modules/"));
  assert.ok(ours.length > 10);
  for (const path of ours) assert.ok(path.startsWith(`${root}workflows/`), path);
  assert.doesNotMatch(code, /node_modules\/(pg|hono|zod|pino)\//);
});
