import { mkdir, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleWorkflowCode, DefaultLogger } from "@temporalio/worker";
import { bundlePath } from "./workflow-bundle.ts";

/** Makes the file of workflowBundle; renamed into place, so that a worker that starts meanwhile reads a whole one. */
const path = bundlePath();
const { code } = await bundleWorkflowCode({
  workflowsPath: fileURLToPath(new URL("../workflows/index.ts", import.meta.url)),
  logger: new DefaultLogger("ERROR"),
});
const draft = `${path}.${process.pid}`;
await mkdir(dirname(path), { recursive: true });
await writeFile(draft, code);
await rename(draft, path);
