import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const root = fileURLToPath(new URL("../", import.meta.url));

/** Where the bundle of the workflows as they are now lies, or will: one file for each state of their code and packages. */
export function bundlePath(): string {
  const hash = createHash("sha256").update(readFileSync(join(root, "package-lock.json")));
  const folder = join(root, "workflows");
  for (const name of readdirSync(folder).toSorted())
    if (!name.endsWith(".test.ts"))
      hash.update(`${name}\n`).update(readFileSync(join(folder, name)));
  const key = hash.digest("hex").slice(0, 16);
  return join(root, "node_modules/.cache/wearflow", `workflows-${key}.cjs`);
}

/**
 * The workflows in one file, made where it is not there yet: by a process of its own, because the bundler takes 150 MB
 * that a worker would hold until it ends.
 */
export async function workflowBundle(): Promise<Readonly<{ codePath: string }>> {
  const codePath = bundlePath();
  if (!existsSync(codePath))
    await promisify(execFile)(process.execPath, [join(root, "worker/bundle-workflows.ts")]);
  return { codePath };
}
