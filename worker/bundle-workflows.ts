import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { bundlePath, bundleWorkflows } from "./workflow-bundle.ts";

/**
 * Makes the file of workflowBundle: on the disk before it has its name, so that neither a worker that starts meanwhile
 * nor one after a power cut reads half of it.
 */
const path = bundlePath();
const draft = `${path}.${process.pid}`;
const { code } = await bundleWorkflows();
await mkdir(dirname(path), { recursive: true });
await writeFile(draft, code, { flush: true });
// Code that changed while it was bundled would stand under the name of what it was before.
if (bundlePath() === path) await rename(draft, path);
else {
  await rm(draft);
  throw new Error("The workflows changed while they were bundled: start again");
}
