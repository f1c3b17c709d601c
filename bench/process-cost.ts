import { readFileSync } from "node:fs";

/** Clock ticks a second that /proc counts in; 100 on every Linux this runs on. */
const TICKS = 100;

export type ProcessCost = Readonly<{ cpuSeconds: number; peakMegabytes: number }>;

/** CPU time used so far and the largest resident memory of a living process (Linux only). */
export function costOf(pid: number): ProcessCost {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticks = Number(fields[11]) + Number(fields[12]);
  const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return { cpuSeconds: ticks / TICKS, peakMegabytes: Math.round(Number(peak) / 1024) };
}

/** What a process used between two looks; memory is the peak of its whole life. */
export function between(before: ProcessCost, after: ProcessCost): ProcessCost {
  const cpuSeconds = Math.round((after.cpuSeconds - before.cpuSeconds) * 10) / 10;
  return { cpuSeconds, peakMegabytes: after.peakMegabytes };
}

/** The q-quantile (0 … 1) of numbers, by the nearest rank; NaN of none. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}
