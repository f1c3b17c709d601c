/** How a run's detail tells that the provider, not we, left something out. */
const PROVIDERS_FAULT = /SourceUnavailable|RateLimited|TimedOut/;
/** What nobody failed at: read whole, left for the next run on purpose, not granted, or still to come in the same run. */
const NO_FAULT =
  /, 0 left out$|: permission not granted$|: left for the next run\b|^nothing new to read$|^older days follow$/;

/** Whose fault it is that a run left something out, by its stored outcome and detail; null where nobody failed. */
export function failureOf(
  outcome: string | null,
  detail: string,
): "source_outage" | "pipeline_fault" | null {
  if (outcome !== "partial") return null;
  if (detail.split("; ").every((part) => NO_FAULT.test(part))) return null;
  return PROVIDERS_FAULT.test(detail) ? "source_outage" : "pipeline_fault";
}
