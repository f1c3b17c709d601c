import { existsSync } from "node:fs";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { readTestSurroundings } from "../config.ts";

const root = fileURLToPath(new URL("../", import.meta.url));

/** Where each thing that only some machines have may lie, and how a person gets it. */
const places = {
  "shared-data": { paths: [`${root}../shared/data`], hint: "the recordings of ../shared/data" },
  chromium: {
    paths: ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"],
    hint: "Chromium (Debian: apt-get install chromium)",
  },
  psql: { paths: ["/usr/bin/psql", "/usr/local/bin/psql"], hint: "psql" },
} as const;

/** Path of something that only some machines have; null where this one lacks it. */
export function whereIs(what: keyof typeof places): string | null {
  return places[what].paths.find((path) => existsSync(path)) ?? null;
}

/**
 * Path of something a test needs and this machine may lack. Absent: the test is skipped with the reason,
 * and the caller gets null and returns; in CI, where nothing may be skipped, it fails instead.
 */
export function needs(t: TestContext, what: keyof typeof places): string | null {
  const { paths, hint } = places[what];
  const found = whereIs(what);
  if (found !== null) return found;
  if (readTestSurroundings().ci)
    throw new Error(`CI must have ${hint}: looked at ${paths.join(", ")}`);
  t.skip(`NOT RUN: this machine lacks ${hint}`);
  return null;
}
