import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { commandOf, startOf } from "./process-identity.ts";

/**
 * The server runs in a process of its own, so it outlives a wrapper that is killed with -9 and keeps port and
 * data file. A pid file beside the data file lets the next start find it.
 */
function pidFileOf(dataFile: string): string {
  return `${dataFile}.pid`;
}

function readPid(file: string): number | null {
  try {
    const pid = Number(readFileSync(file, "utf8"));
    return Number.isInteger(pid) && pid > 1 ? pid : null;
  } catch {
    return null;
  }
}

/** Only a dev server on our very data file is ours to stop; the pid may long belong to something else. */
function isOurServer(pid: number, dataFile: string): boolean {
  const command = commandOf(pid);
  return ["server", "start-dev", dataFile].every((part) => command.includes(part));
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It ended by itself between the look and the signal.
  }
}

async function endedWithin(pid: number, start: string | null, seconds: number): Promise<boolean> {
  for (let waited = 0; waited < seconds * 20; waited += 1) {
    if (startOf(pid) !== start) return true;
    await sleep(50);
  }
  return false;
}

/** Remembers the server of this data file. */
export function writePid(dataFile: string, pid: number): void {
  writeFileSync(pidFileOf(dataFile), String(pid));
}

/** Forgets the server of this data file, once it has ended. */
export function removePid(dataFile: string): void {
  rmSync(pidFileOf(dataFile), { force: true });
}

/**
 * Stops a server left on this data file, politely for 10 s; returns its pid, or null where there was none.
 * The caller holds the lock of the data file, so a server found here has no wrapper.
 */
export async function stopOrphan(dataFile: string): Promise<number | null> {
  const pid = readPid(pidFileOf(dataFile));
  if (pid === null || startOf(pid) === null || !isOurServer(pid, dataFile)) {
    removePid(dataFile);
    return null;
  }
  const start = startOf(pid);
  signal(pid, "SIGTERM");
  if (!(await endedWithin(pid, start, 10))) {
    signal(pid, "SIGKILL");
    await endedWithin(pid, start, 5);
  }
  removePid(dataFile);
  return pid;
}
