import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after } from "node:test";
import type { ReadingSpan, SamplePage, SeriesRule, Source } from "../source.ts";
import type { PageReader } from "./endpoint.ts";
import type { GoogleHealthOptions } from "./google-health.ts";
import { createGoogleHealth } from "./google-health.ts";
import type { Readings } from "./readings.ts";

/** A request as a test wants to look at it. */
export type Asked = Readonly<{
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage["headers"];
  body: string;
}>;

type Answer = (asked: Asked, response: ServerResponse) => void | Promise<void>;

export type TestServer = Readonly<{
  url: string;
  /** Every request since the last `answerWith`. */
  asked: readonly Asked[];
  answerWith: (answer: Answer) => void;
}>;

/** A real server on the loopback interface for one test file. It closes by itself. */
export async function startServer(): Promise<TestServer> {
  let answer: Answer = (_, response) => reply(response, {});
  const asked: Asked[] = [];
  const server = createServer(async (request, response) => {
    const one = await readRequest(request);
    asked.push(one);
    await answer(one, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    answerWith(next) {
      asked.length = 0;
      answer = next;
    },
  };
}

async function readRequest(request: IncomingMessage): Promise<Asked> {
  const url = new URL(request.url ?? "", "http://loopback");
  let body = "";
  for await (const chunk of request) body += String(chunk);
  const { method = "", headers } = request;
  return { method, path: url.pathname, query: url.searchParams, headers, body };
}

/** Answers with JSON, or with a text as it is. */
export function reply(
  response: ServerResponse,
  body: unknown,
  { status = 200, headers = {} }: { status?: number; headers?: Record<string, string> } = {},
): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(typeof body === "string" ? body : JSON.stringify(body));
}

export async function readFixture(name: string): Promise<Readonly<Record<string, unknown>>> {
  const text = await readFile(new URL(`./fixtures/${name}.json`, import.meta.url), "utf8");
  return JSON.parse(text);
}

export const NOW = new Date("2026-11-25T12:00:00Z");
export const TOKEN = "ya29.secret-access-token";

export const minuteRule: SeriesRule = {
  metric: "heart_rate",
  dataType: "heart-rate",
  family: "google-wearables",
  resolution: "minute",
  scale: 10,
  plausibleMin: 20,
  plausibleMax: 250,
};
export const sampleRule: SeriesRule = { ...minuteRule, resolution: "sample" };

/** The morning that the recorded replies are from. */
export const morning: ReadingSpan = {
  from: new Date("2026-09-25T10:00:00Z"),
  to: new Date("2026-09-25T12:00:00Z"),
  days: ["2026-09-25"],
};

export function sourceAt({ url }: TestServer, options: Partial<GoogleHealthOptions> = {}): Source {
  return createGoogleHealth({ baseUrl: url, clock: () => NOW, minimumGapMs: 0, ...options });
}

/** Every page of a window. */
export async function readAll(
  source: Source,
  rule: SeriesRule = minuteRule,
  span: ReadingSpan = morning,
): Promise<SamplePage[]> {
  const pages: SamplePage[] = [];
  for await (const page of source.fetchPages([rule], span, TOKEN))
    if (page.holds === "samples") pages.push(page);
  return pages;
}

/** The samples of pages as pairs of instant and stored value. */
export function samplesOf(pages: readonly SamplePage[]): [number, number][] {
  return pages.flatMap(({ samples: { times, values } }) =>
    times.map((time, index): [number, number] => [time, values[index] ?? Number.NaN]),
  );
}

/** A roll-up point of one minute. */
export function minutePoint(time: number, bpm: unknown): object {
  return {
    startTime: new Date(time).toISOString(),
    endTime: new Date(time + 60_000).toISOString(),
    heartRate: { beatsPerMinuteAvg: bpm },
  };
}

/** What a reader of samples makes of points; a reader that is given again knows what came before. */
export function readWith(reader: PageReader, points: unknown): Readings {
  assert.ok(Array.isArray(points));
  const { content, rejected } = reader(points);
  assert.ok(content.holds === "samples");
  return { samples: content.samples, rejected };
}
