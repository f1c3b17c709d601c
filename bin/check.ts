import { spawnSync } from "node:child_process";

/** What `npm run check` asks for, in the order in which a failure is cheapest to find. */
const checks: readonly (readonly [name: string, ...command: string[]])[] = [
  ["format and lint", "node_modules/.bin/biome", "ci", "."],
  ["types", "node_modules/.bin/tsc"],
  ["unused code", "node_modules/.bin/knip"],
];

for (const [name, command, ...args] of checks) {
  console.log(`${name}: ${command} ${args.join(" ")}`);
  const { status } = spawnSync(String(command), args, { stdio: "inherit" });
  if (status !== 0) {
    console.error(`npm run check: ${name} failed`);
    process.exit(1);
  }
}
console.log("npm run check: all well");
