import type { SamplePage, SeriesRule, Source, TimeWindow } from "../source.ts";
import type { ApiRequest, Send } from "./client.ts";
import { createClient } from "./client.ts";
import { fetchDevices } from "./devices.ts";
import { fetchIdentity } from "./identity.ts";
import { metrics } from "./metrics.ts";
import { readPages } from "./paging.ts";

export type GoogleHealthOptions = Readonly<{
  baseUrl?: string;
  fetch?: typeof globalThis.fetch;
  /** Most bytes of one reply after decompression; default 64 MB. */
  maxBodyBytes?: number;
  /** For one request with the whole of its reply; default one minute. */
  timeoutMs?: number;
  clock: () => Date;
  /** Between requests of one participant; default 250 (4 a second). Unverified apps need 500. */
  minimumGapMs?: number;
}>;

/** Google Health API v4. Throws the classes of sources/errors.ts, and RangeError for a window it cannot ask for. */
export function createGoogleHealth({
  baseUrl = "https://health.googleapis.com",
  fetch = globalThis.fetch,
  maxBodyBytes = 64_000_000,
  timeoutMs = 60_000,
  clock,
  minimumGapMs = 250,
}: GoogleHealthOptions): Source {
  const send = createClient({ baseUrl, fetch, maxBodyBytes, timeoutMs, clock, minimumGapMs });
  const sendFor = (accessToken: string) => (request: ApiRequest) => send(request, accessToken);
  return {
    name: "google-health",
    capabilities: {
      metrics: ["heart_rate"],
      maxWindowDays: (metric, resolution) => metrics[metric][resolution].maxWindowDays,
    },
    fetchSamples: (rule, window, accessToken) => fetchSamples(send, rule, window, accessToken),
    fetchDevices: (accessToken) => fetchDevices(sendFor(accessToken), clock()),
    fetchIdentity: (accessToken) => fetchIdentity(sendFor(accessToken)),
  };
}

async function* fetchSamples(
  send: Send,
  rule: SeriesRule,
  window: TimeWindow,
  accessToken: string,
): AsyncGenerator<SamplePage, void, void> {
  const { listKey, request, parse } = metrics[rule.metric][rule.resolution];
  const context = { rule, window, seen: new Map<number, number>() };
  const pages = readPages(request(window), listKey, (one) => send(one, accessToken));
  for await (const { items, provenance } of pages) {
    yield { ...parse(items, context), provenance };
  }
}
