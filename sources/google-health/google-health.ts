import { z } from "zod";
import { UnexpectedReply } from "../errors.ts";
import type { Resolution, SeriesRule, Source, TimeWindow } from "../source.ts";
import type { ApiRequest, Client, ClientOptions } from "./client.ts";
import { createClient } from "./client.ts";
import { fetchDevices } from "./devices.ts";
import type { ParsedPage } from "./heart-rate.ts";
import { minuteRequest, parseMinutes, parseSamples, sampleRequest } from "./heart-rate.ts";
import { pages } from "./paging.ts";

/** How one metric is asked for and read at one resolution: adding a metric is adding a parser and a row here. */
type Reader = Readonly<{
  maxWindowDays: number;
  request(window: TimeWindow, pageToken: string | null): ApiRequest;
  parse(rule: SeriesRule, window: TimeWindow, json: unknown, text: string): ParsedPage;
}>;

const readers: Record<SeriesRule["metric"], Record<Resolution, Reader>> = {
  heart_rate: {
    minute: { maxWindowDays: 14, request: minuteRequest, parse: parseMinutes },
    sample: { maxWindowDays: 14, request: sampleRequest, parse: parseSamples },
  },
};

const Identity = z.object({ healthUserId: z.string().min(1) });

export type GoogleHealthOptions = Partial<Omit<ClientOptions, "clock">> &
  Pick<ClientOptions, "clock">;

/** Google Health API v4 as a source. One reading asks one thing at a time, at most four a second by default. */
export function createGoogleHealth(options: GoogleHealthOptions): Source {
  const full: ClientOptions = {
    baseUrl: "https://health.googleapis.com",
    fetch: globalThis.fetch,
    maxBodyBytes: 64 * 1024 * 1024,
    timeoutMs: 60_000,
    minimumGapMs: 250,
    ...options,
  };
  return {
    name: "google-health",
    capabilities: {
      metrics: ["heart_rate"],
      maxWindowDays: (metric, resolution) => readers[metric][resolution].maxWindowDays,
    },
    async *fetchSamples(rule, window, accessToken) {
      const reader = readers[rule.metric][rule.resolution];
      const ask = (pageToken: string | null) => reader.request(window, pageToken);
      for await (const { json, text, provenance } of pages(createClient(full), ask, accessToken)) {
        yield { ...reader.parse(rule, window, json, text), provenance };
      }
    },
    fetchDevices: (accessToken) => fetchDevices(createClient(full), accessToken, full.clock()),
    fetchIdentity: (accessToken) => fetchIdentity(createClient(full), accessToken),
  };
}

async function fetchIdentity(client: Client, accessToken: string) {
  const request = { method: "GET", path: "/v4/users/me/identity", window: null } as const;
  const { json, text } = await client.send(request, accessToken);
  const identity = Identity.safeParse(json);
  if (!identity.success) throw new UnexpectedReply("No identity in the reply", { body: text });
  return { providerUserId: identity.data.healthUserId };
}
