import { isMissing } from "../imputation/minutes.ts";
import type { Timeline } from "./timeline.ts";

/**
 * Equal values in a row that no wrist gives: 10 minutes awake, 30 asleep. Source: the ABCD study's exclusion of Fitbit
 * heart rate "repeated ≥ 10 epochs awake / ≥ 30 asleep" (R package ABCDscores, compute_fitbit_activity_table).
 */
const FLAT_MINUTES = { awake: 10, asleep: 30 } as const;
/** A flat run goes on over so many missing minutes: the sensor loses contact with a table, too. */
const INTERRUPTED_MINUTES = 5;

/** Marks (1) the minutes of flat runs: the device reports one heart rate again and again, and lies on a table. */
export function flatMinutes({ heartRate, asleep }: Timeline): Uint8Array {
  const flat = new Uint8Array(heartRate.length);
  let first = -1;
  let last = -1;
  const close = () => {
    if (first >= 0 && last - first + 1 >= limitOf(asleep, first, last))
      flat.fill(1, first, last + 1);
  };
  for (let i = 0; i < heartRate.length; i++) {
    const value = heartRate[i] ?? Number.NaN;
    if (isMissing(value)) continue;
    const goesOn = first >= 0 && value === heartRate[first] && i - last <= INTERRUPTED_MINUTES + 1;
    if (!goesOn) {
      close();
      first = i;
    }
    last = i;
  }
  close();
  return flat;
}

/** Asleep, a heart rate may stand still for longer: where most of the run was slept. */
function limitOf(asleep: Uint8Array, first: number, last: number): number {
  let slept = 0;
  for (let i = first; i <= last; i++) slept += asleep[i] ?? 0;
  return slept * 2 > last - first + 1 ? FLAT_MINUTES.asleep : FLAT_MINUTES.awake;
}
