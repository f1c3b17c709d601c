import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { z } from "zod";
import { startOf } from "./process-identity.ts";

/**
 * Postgres refuses a second server on the same data; PGlite does not, and two would destroy it. So a file beside
 * the data folder names the process that may open it. (Beside, not inside: a copied folder brings no lock along.)
 */
const Lock = z.object({ pid: z.number().int(), start: z.string() });
type Lock = z.infer<typeof Lock>;

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

function readText(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (hasCode(error, "ENOENT")) return null;
    throw error;
  }
}

function parse(text: string): Lock | null {
  try {
    return Lock.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/** The process that holds the lock, or null where it is gone or its pid now belongs to another process. */
function livingHolder(text: string): Lock | null {
  const lock = parse(text);
  if (lock === null) return null;
  return startOf(lock.pid) === lock.start ? lock : null;
}

/** Puts the complete file in place in one step, so that nobody ever reads half of it. */
function place(file: string, text: string): boolean {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, text);
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if (hasCode(error, "EEXIST")) return false;
    throw error;
  } finally {
    rmSync(draft);
  }
}

/** Moves a stale lock out of the way; should another process have replaced it meanwhile, puts that one back. */
function removeStale(file: string, staleText: string): void {
  const aside = `${file}.stale-${process.pid}`;
  try {
    renameSync(file, aside);
  } catch (error) {
    if (hasCode(error, "ENOENT")) return;
    throw error;
  }
  const moved = readFileSync(aside, "utf8");
  if (moved !== staleText) place(file, moved);
  rmSync(aside);
}

/**
 * Takes the lock of a data folder and returns what gives it back. Throws where a living process holds it;
 * a lock left by a killed process is taken over.
 */
export function lockData(dataDir: string): () => void {
  const file = `${dataDir}.lock`;
  mkdirSync(dirname(file), { recursive: true });
  const text = JSON.stringify({ pid: process.pid, start: startOf(process.pid) ?? "" });
  for (let attempt = 0; attempt < 5; attempt += 1) {
    if (place(file, text)) return () => rmSync(file, { force: true });
    const found = readText(file);
    if (found === null) continue;
    const holder = livingHolder(found);
    if (holder !== null)
      throw new Error(
        `${dataDir} is already open in process ${holder.pid} (lock file ${file}): stop that process, or give another folder`,
      );
    removeStale(file, found);
  }
  throw new Error(
    `The lock file ${file} keeps changing: several processes start on ${dataDir} at once`,
  );
}
