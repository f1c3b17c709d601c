import { everySample } from "./list.ts";
import { rolledUpByMinute } from "./roll-up.ts";

const TYPE = { dataType: "heart-rate", permission: "heart", key: "heartRate" } as const;

/** The provider's own mean of each minute, over all wearables and without points recorded while not worn. */
export const heartRateByMinute = rolledUpByMinute({
  ...TYPE,
  maxDays: 14,
  valueOf: (content) => content["beatsPerMinuteAvg"],
  sparse: false,
});

/** Every sample the device recorded, about one in two seconds. A day at a time, to keep memory small. */
export const heartRateSamples = everySample({
  ...TYPE,
  by: "list",
  maxDays: 1,
  valueOf: (content) => content["beatsPerMinute"],
});
