import { at, isMissing } from "./minutes.ts";

/** Wrist heart rates outside are never believed, bpm. */
export const PLAUSIBLE_BPM = { lowest: 25, highest: 230 } as const;

/** What a tracker writes before it has found a pulse, bpm. */
const PLACEHOLDER_BPM = 70;
/** Beside longer gaps than this (minutes) an exact 70 is the placeholder: 37 % of such edges against a base rate of 2 %. */
const PLACEHOLDER_AFTER_MINUTES = 30;
/** So many equal minutes in a row are a frozen sensor: a pulse is never that steady. */
const FROZEN_MINUTES = 10;

/**
 * Heart rate without its artefacts: implausible values, the placeholder 70 at either edge of a long gap, and stretches in
 * which the sensor stood still become missing. An imputer anchored to a placeholder is pulled to 70.
 */
export function cleanHeartRate(heartRate: Float64Array): Float64Array {
  const plausible = heartRate.map((bpm) =>
    bpm >= PLAUSIBLE_BPM.lowest && bpm <= PLAUSIBLE_BPM.highest ? bpm : Number.NaN,
  );
  return dropPlaceholders(dropFrozen(plausible));
}

function dropFrozen(heartRate: Float64Array): Float64Array {
  const cleaned = heartRate.slice();
  let from = 0;
  for (let i = 1; i <= heartRate.length; i++) {
    if (at(heartRate, i) === at(heartRate, from)) continue;
    if (i - from >= FROZEN_MINUTES) cleaned.fill(Number.NaN, from, i);
    from = i;
  }
  return cleaned;
}

/** Placeholders taken away make the gap longer, which may make the next one a placeholder too: one pass a direction. */
export function dropPlaceholders(heartRate: Float64Array): Float64Array {
  const cleaned = heartRate.slice();
  dropBeside(cleaned, 0, 1);
  dropBeside(cleaned, cleaned.length - 1, -1);
  return cleaned;
}

function dropBeside(heartRate: Float64Array, first: number, direction: -1 | 1): void {
  let missing = 0;
  for (let i = first; i >= 0 && i < heartRate.length; i += direction) {
    const bpm = at(heartRate, i);
    const placeholder = bpm === PLACEHOLDER_BPM && missing > PLACEHOLDER_AFTER_MINUTES;
    if (placeholder) heartRate[i] = Number.NaN;
    missing = placeholder || isMissing(bpm) ? missing + 1 : 0;
  }
}
