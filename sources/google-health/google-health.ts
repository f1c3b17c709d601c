import type { SampleColumns, SamplePage, SeriesRule, Source, TimeWindow } from "../source.ts";
import type { ApiRequest, Send } from "./client.ts";
import { createClient } from "./client.ts";
import { fetchDevices } from "./devices.ts";
import { fetchIdentity } from "./identity.ts";
import { endpointOf, METRICS } from "./metrics.ts";
import { readPages } from "./paging.ts";
import { missingPermissions } from "./permissions.ts";

export const SOURCE_NAME = "google-health";

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
    name: SOURCE_NAME,
    capabilities: {
      metrics: METRICS,
      maxWindowDays: (metric, resolution) => endpointOf(metric, resolution).maxWindowDays,
    },
    fetchSamples: (rule, window, accessToken) => fetchSamples(send, rule, window, accessToken),
    readKept,
    fetchDevices: (accessToken) => fetchDevices(sendFor(accessToken), clock()),
    fetchIdentity: (accessToken) => fetchIdentity(sendFor(accessToken)),
    missingPermissions,
  };
}

async function* fetchSamples(
  send: Send,
  rule: SeriesRule,
  window: TimeWindow,
  accessToken: string,
): AsyncGenerator<SamplePage, void, void> {
  const { listKey, request, parse } = endpointOf(rule.metric, rule.resolution);
  const context = { rule, window, seen: new Map<number, number>() };
  const pages = readPages(request(window, rule.family), listKey, (one) => send(one, accessToken));
  for await (const { items, provenance } of pages) {
    yield { ...parse(items, context), provenance };
  }
}

/** A kept piece says nothing of the window it came in; which day it belongs to follows from its own time. */
const ANY_TIME: TimeWindow = { from: new Date(0), to: new Date(8.64e15) };

function readKept(rule: SeriesRule, payload: string): SampleColumns {
  const { parse } = endpointOf(rule.metric, rule.resolution);
  const point = parseJson(payload);
  return parse([point], { rule, window: ANY_TIME, seen: new Map() }).samples;
}

/** A piece that was cut when it was kept is JSON no more; as text it is no reading. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
