import type { Metric, Resolution } from "../source.ts";
import type { Endpoint } from "./endpoint.ts";
import { heartRateByMinute, heartRateSamples } from "./heart-rate.ts";
import { stepsByMinute } from "./steps.ts";

/** Every metric this source reads. Another one is a file beside steps.ts and a row here. */
const metrics: Readonly<Record<Metric, Readonly<Partial<Record<Resolution, Endpoint>>>>> = {
  heart_rate: { minute: heartRateByMinute, sample: heartRateSamples },
  steps: { minute: stepsByMinute },
};

export const METRICS: readonly Metric[] = ["heart_rate", "steps"];

/** How a metric is read at a resolution; throws RangeError where this source has it otherwise only. */
export function endpointOf(metric: Metric, resolution: Resolution): Endpoint {
  const endpoint = metrics[metric][resolution];
  if (endpoint === undefined)
    throw new RangeError(`Google Health has no ${metric} by ${resolution}`);
  return endpoint;
}
