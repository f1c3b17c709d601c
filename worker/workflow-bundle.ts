import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { bundleWorkflowCode, DefaultLogger } from "@temporalio/worker";

const root = fileURLToPath(new URL("../", import.meta.url));
/** What the bundle is made of beside workflows/, this file's options among it. */
const BESIDE = ["package-lock.json", "worker/workflow-bundle.ts"];

/** Where the bundle of the workflows as they are now lies, or will: one file for each state of their code and packages. */
export function bundlePath(): string {
  const folder = join(root, "workflows");
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
    .map((name) => join("workflows", name));
  const hash = createHash("sha256");
  for (const name of [...BESIDE, ...files.toSorted()])
    hash.update(`${name}\n`).update(readFileSync(join(root, name)));
  const key = hash.digest("hex").slice(0, 16);
  return join(root, "node_modules/.cache/wearflow", `workflows-${key}.cjs`);
}

/** Bundles the workflows as they are now; throws where they hold what a workflow may not. */
export async function bundleWorkflows(): Promise<Readonly<{ code: string }>> {
  const workflowsPath = join(root, "workflows/index.ts");
  return bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger("ERROR") });
}

/**
 * The workflows in one file, made where it is not there yet: by a process of its own, because the bundler takes 160 MB
 * that a worker would hold until it ends. Where it cannot be kept (a read-only folder), this process makes its own.
 */
export async function workflowBundle(): Promise<
  Readonly<{ codePath: string }> | Readonly<{ code: string }>
> {
  const codePath = bundlePath();
  const make = [join(root, "worker/bundle-workflows.ts")];
  const isKept =
    existsSync(codePath) ||
    (await promisify(execFile)(process.execPath, make).then(
      () => true,
      () => false,
    ));
  return isKept ? { codePath } : bundleWorkflows();
}
