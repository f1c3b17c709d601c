// Makes a fresh machine ready, then runs one file of the project on the pinned Node:
//   node bin/run.mjs <arguments for node …>
// Plain JavaScript without dependencies, because it runs on whatever Node ≥ 20 the machine has and before
// anything is installed. It installs the dependencies when they are absent or package-lock.json has changed.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../", import.meta.url));
const stamp = join(root, "node_modules", ".wearflow-installed");
const pinnedNode = join(root, "node_modules", "node", "bin", "node");

/** The commands that read .env; tests and benchmarks never do, or they might write into a real study's database. */
const readsDotEnv = ["bin/start.ts", "bin/wearflow.ts", "bin/migrate.ts"];

installIfNeeded();
process.chdir(root);
if (readsDotEnv.includes(process.argv[2]) && existsSync(".env")) loadDotEnv();
// What Node compiled once it need not compile again: half of what each process of ours takes to start.
process.env.NODE_COMPILE_CACHE ??= join(root, "node_modules", ".cache", "node");
// The channel tells the child when we are gone, however we ended.
const child = spawn(nodeToUse(), process.argv.slice(2), {
  stdio: ["inherit", "inherit", "inherit", "ipc"],
});
// Ctrl-C reaches the child by itself (same terminal); it decides when to end. A plain kill is passed on.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => child.kill("SIGTERM"));
// npm passes a kill on to its shell only, which leaves us behind without a parent.
const parent = process.ppid;
if (process.env.npm_lifecycle_event !== undefined)
  setInterval(() => {
    if (process.ppid !== parent) child.kill("SIGTERM");
  }, 500).unref();
child.on("error", (error) => fail(`Cannot run Node: ${error.message}`));
child.on("exit", (code, signal) => {
  process.exitCode = signal === null ? (code ?? 1) : 1;
});

function installIfNeeded() {
  const wanted = createHash("sha256")
    .update(readFileSync(join(root, "package.json")))
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  process.stderr.write("Installing dependencies (once, and after package-lock.json changes) …\n");
  const npm = process.env.npm_execpath;
  const [command, ...before] = npm?.endsWith(".js") ? [process.execPath, npm] : ["npm"];
  const { status, error } = spawnSync(command, [...before, "ci", "--no-audit", "--no-fund"], {
    cwd: root,
    // npm's notes go to stderr, so that a command's own stdout stays its own.
    stdio: ["ignore", 2, 2],
  });
  if (status !== 0) {
    fail(
      `npm ci failed${error ? `: ${error.message}` : ""}. Check the network and the message above, then try again.`,
    );
  }
  writeFileSync(stamp, wanted);
}

/** What the environment itself sets goes before what the file sets. */
function loadDotEnv() {
  if (process.loadEnvFile === undefined)
    fail("Reading .env needs Node 20.12 or newer: update Node, or set the variables yourself");
  process.loadEnvFile(".env");
}

function nodeToUse() {
  if (existsSync(pinnedNode)) return pinnedNode;
  if (Number(process.versions.node.split(".")[0]) >= 24) return process.execPath;
  return fail(
    `This needs Node 24, and the npm package "node" that brings it did not install for ${process.platform}-${process.arch}. ` +
      "Install Node 24 and try again.",
  );
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
