import type { Metric, Resolution } from "../source.ts";
import type { Endpoint } from "./endpoint.ts";
import { heartRateByMinute, heartRateSamples } from "./heart-rate.ts";

/** Every metric this source reads. Another one is a file beside heart-rate.ts and a row here. */
export const metrics: Readonly<Record<Metric, Readonly<Record<Resolution, Endpoint>>>> = {
  heart_rate: { minute: heartRateByMinute, sample: heartRateSamples },
};
