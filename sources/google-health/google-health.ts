import type { Content, Page, ReadingSpan, SeriesRule, Source } from "../source.ts";
import type { ApiRequest, Send } from "./client.ts";
import { createClient } from "./client.ts";
import { endpointOf } from "./data-types.ts";
import { fetchDevices } from "./devices.ts";
import { onlyRule } from "./endpoint.ts";
import { fetchIdentity } from "./identity.ts";
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
      maxWindowDays: (asked) => endpointOf(asked).maxWindowDays,
      permissionOf: (asked) => endpointOf(asked).permission,
    },
    fetchPages: (series, span, accessToken) =>
      fetchPages({ send, gapMs: minimumGapMs }, series, span, accessToken),
    readKept,
    fetchDevices: (accessToken, asked) => fetchDevices(sendFor(accessToken), clock(), asked),
    fetchIdentity: (accessToken) => fetchIdentity(sendFor(accessToken)),
    missingPermissions,
  };
}

/** A page that came to nothing is asked for again after about so many of the gaps between two requests. */
const GAPS_BEFORE_AGAIN = 4;

async function* fetchPages(
  { send, gapMs }: Readonly<{ send: Send; gapMs: number }>,
  series: readonly SeriesRule[],
  span: ReadingSpan,
  accessToken: string,
): AsyncGenerator<Page, void, void> {
  const rule = onlyRule(series);
  const { listKey, request, open } = endpointOf(rule);
  const read = open(series, span);
  const pages = readPages(
    request(span, rule.family),
    listKey,
    (one) => send(one, accessToken),
    GAPS_BEFORE_AGAIN * gapMs,
  );
  for await (const { items, provenance } of pages) {
    const { content, rejected } = read(items);
    yield { ...content, rejected, provenance };
  }
}

/** A kept piece says nothing of the window it came in; which day it belongs to follows from its own time. */
const ANY_TIME: ReadingSpan = { from: new Date(0), to: new Date(8.64e15), days: [] };

function readKept(series: readonly SeriesRule[], payload: string): Content {
  const read = endpointOf(onlyRule(series)).open(series, ANY_TIME);
  return read([parseJson(payload)]).content;
}

/** A piece that was cut when it was kept is JSON no more; as text it is no reading. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
