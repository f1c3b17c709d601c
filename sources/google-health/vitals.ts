import { toNumber } from "./json.ts";
import { everySample } from "./list.ts";

/** Measured now and then by device and scale; reconciled, so that what two apps pass on is told once. */
const NOW_AND_THEN = { by: "reconcile", permission: "heart", maxDays: 30 } as const;

/** Milliseconds (RMSSD), every few minutes of sleep. */
export const heartRateVariability = everySample({
  ...NOW_AND_THEN,
  dataType: "heart-rate-variability",
  key: "heartRateVariability",
  valueOf: (content) => content["rootMeanSquareOfSuccessiveDifferencesMilliseconds"],
});

/** Percent, through the night. */
export const oxygenSaturation = everySample({
  ...NOW_AND_THEN,
  dataType: "oxygen-saturation",
  key: "oxygenSaturation",
  valueOf: (content) => content["percentage"],
});

/** Kilograms. */
export const weight = everySample({
  ...NOW_AND_THEN,
  maxDays: 90,
  dataType: "weight",
  key: "weight",
  valueOf: (content) => toNumber(content["weightGrams"]) / 1000,
});
