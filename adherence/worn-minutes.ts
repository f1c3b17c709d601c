import { dropPlaceholders } from "../imputation/clean.ts";
import { isMissing } from "../imputation/minutes.ts";
import { flatMinutes } from "./flat-runs.ts";
import type { WearRules } from "./rules.ts";
import type { Timeline } from "./timeline.ts";
import { stretchesWhere } from "./timeline.ts";

/** What proves that a minute was worn. */
export const EVIDENCE = ["none", "heart_rate", "steps", "sleep", "bridged"] as const;
export type Evidence = (typeof EVIDENCE)[number];

export const NONE = 0;
const BY_HEART_RATE = 1;
const BY_STEPS = 2;
const BY_SLEEP = 3;
const BRIDGED = 4;

/** Which minutes were worn: `evidence` holds an index of EVIDENCE, `flat` is 1 in flat runs, which are no wear. */
export type WornMinutes = Readonly<{ evidence: Uint8Array; flat: Uint8Array }>;

/**
 * Worn minutes of wearables (design §5): a heart-rate sample (RAPIDS: a minute is valid with at least one), or a step
 * (true-zero semantics of Google Health), or asleep by the device, after flat runs are removed (ABCD study) and the
 * placeholder at the edge of a long gap is not believed (imputation/clean.ts); then pauses of at most `bridgeMinutes`
 * between worn minutes count as worn. A phone's steps are never in a timeline.
 */
export function wornMinutes(
  timeline: Timeline,
  { bridgeMinutes }: Pick<WearRules, "bridgeMinutes">,
): WornMinutes {
  const { steps, asleep } = timeline;
  const flat = flatMinutes(timeline);
  const believed = dropPlaceholders(withoutFlat(timeline.heartRate, flat));
  const evidence = new Uint8Array(believed.length);
  // A loop, not a map with a function: half a million minutes a year.
  for (let i = 0; i < evidence.length; i++) {
    if (!isMissing(believed[i] ?? Number.NaN)) evidence[i] = BY_HEART_RATE;
    else if ((steps[i] ?? 0) > 0) evidence[i] = BY_STEPS;
    else if (asleep[i] === 1 && flat[i] === 0) evidence[i] = BY_SLEEP;
  }
  bridge(evidence, flat, bridgeMinutes);
  return { evidence, flat };
}

function withoutFlat(heartRate: Float64Array, flat: Uint8Array): Float64Array {
  const kept = heartRate.slice();
  for (let i = 0; i < kept.length; i++) if (flat[i] === 1) kept[i] = Number.NaN;
  return kept;
}

/** Pauses with worn minutes on both sides, unless the sensor stood still in them. */
function bridge(evidence: Uint8Array, flat: Uint8Array, longest: number): void {
  for (const { from, to } of stretchesWhere(evidence.length, (i) => evidence[i] === NONE)) {
    const inside = from > 0 && to < evidence.length && to - from <= longest;
    if (inside && !flat.subarray(from, to).includes(1)) evidence.fill(BRIDGED, from, to);
  }
}

/** Minutes worn in [from, to), in all and by what proves each; not worn is in none. */
export function countWorn(
  { evidence }: WornMinutes,
  from: number,
  to: number,
): Readonly<{ worn: number; by: Readonly<Record<Exclude<Evidence, "none">, number>> }> {
  const counts = [0, 0, 0, 0, 0];
  for (let i = Math.max(0, from); i < Math.min(evidence.length, to); i++) {
    const which = evidence[i] ?? NONE;
    counts[which] = (counts[which] ?? 0) + 1;
  }
  const [, heartRate = 0, steps = 0, sleep = 0, bridged = 0] = counts;
  return {
    worn: heartRate + steps + sleep + bridged,
    by: { heart_rate: heartRate, steps, sleep, bridged },
  };
}
