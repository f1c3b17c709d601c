import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, under another user.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

function readProc(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}

function askPs(pid: number, column: string): string {
  try {
    return execFileSync("ps", ["-o", `${column}=`, "-p", String(pid)], { encoding: "utf8" }).trim();
  } catch {
    return "";
  }
}

/**
 * When a process started, as a text that is equal only for the same process: pids are used again, after a
 * reboot even the same ones. Null where no such process lives; empty where this machine cannot tell.
 */
export function startOf(pid: number): string | null {
  if (!isAlive(pid)) return null;
  const stat = readProc(`/proc/${pid}/stat`);
  if (stat === null) return askPs(pid, "lstart");
  // The name in parentheses may hold blanks; the start, in clock ticks since boot, is the 20th field after it.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  // A zombie is over; only its parent has not noticed yet, which in a container may be never.
  if (fields[0] === "Z") return null;
  const boot = readProc("/proc/sys/kernel/random/boot_id")?.trim() ?? "";
  return `${boot} ${fields[19] ?? ""}`;
}

/** The command line of a living process, its arguments apart where the system keeps them so; empty if unknown. */
export function commandOf(pid: number): string[] {
  const raw = readProc(`/proc/${pid}/cmdline`);
  if (raw !== null) return raw.split("\0").filter((part) => part !== "");
  return askPs(pid, "command").split(" ");
}
