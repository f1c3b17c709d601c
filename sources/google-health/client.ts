import { createHash } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { SourceUnavailable } from "../errors.ts";
import type { Provenance, TimeWindow } from "../source.ts";
import { errorOf } from "./reply-error.ts";

/** How requests are sent. Sizes are of decoded bytes, so that a small reply cannot unpack into a huge one. */
export type ClientOptions = Readonly<{
  baseUrl: string;
  fetch: typeof fetch;
  maxBodyBytes: number;
  timeoutMs: number;
  /** Shortest time between the starts of two requests of one reading, in milliseconds. */
  minimumGapMs: number;
  clock: () => Date;
}>;

export type ApiRequest = Readonly<{
  method: "GET" | "POST";
  /** Path and query, without any secret. */
  path: string;
  body?: unknown;
  window: TimeWindow | null;
}>;

/** A reply with status 200 whose body is JSON of unknown shape. */
export type ApiReply = Readonly<{ json: unknown; text: string; provenance: Provenance }>;

export type Client = Readonly<{
  send(request: ApiRequest, accessToken: string): Promise<ApiReply>;
}>;

/**
 * A client that sends one request at a time with a gap between starts. Throws one of the five errors for
 * everything that is not a complete JSON reply with status 200; messages hold neither token nor body.
 */
export function createClient(options: ClientOptions): Client {
  let earliest = 0;
  return {
    async send(request, accessToken) {
      const now = Date.now();
      const pause = earliest - now;
      earliest = Math.max(now, earliest) + options.minimumGapMs;
      if (pause > 0) await wait(pause);
      return exchange(options, request, accessToken);
    },
  };
}

async function exchange(
  options: ClientOptions,
  request: ApiRequest,
  accessToken: string,
): Promise<ApiReply> {
  const url = new URL(request.path, options.baseUrl);
  const fetchedAt = options.clock();
  const began = performance.now();
  const response = await reach(options, url, request, accessToken);
  const body = await readBody(response, options.maxBodyBytes);
  const text = body.toString("utf8");
  const { status, headers } = response;
  if (status !== 200) throw errorOf({ status, headers, text }, fetchedAt);
  const provenance = {
    method: request.method,
    url: url.href,
    requestedWindow: request.window,
    fetchedAt,
    status,
    sha256: createHash("sha256").update(body).digest("hex"),
    bytes: body.length,
    durationMs: performance.now() - began,
  };
  return { json: parseJson(text, headers), text, provenance };
}

async function reach(
  { fetch: send, timeoutMs }: ClientOptions,
  url: URL,
  { method, body }: ApiRequest,
  accessToken: string,
): Promise<Response> {
  try {
    return await send(url, {
      method,
      headers: {
        authorization: `Bearer ${accessToken}`,
        accept: "application/json",
        ...(body !== undefined && { "content-type": "application/json" }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      // A redirect is none of the API's replies, and would carry the token elsewhere.
      redirect: "manual",
      signal: AbortSignal.timeout(timeoutMs),
    });
  } catch (cause) {
    throw new SourceUnavailable(`Google Health cannot be reached (${reasonOf(cause)})`);
  }
}

/** Reads the whole body, stopping at the cap; a body that breaks off is an outage, not an end. */
async function readBody(response: Response, maxBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of response.body ?? []) {
      size += chunk.length;
      if (size > maxBytes) break;
      chunks.push(chunk);
    }
  } catch (cause) {
    throw new SourceUnavailable(`Google Health's reply broke off (${reasonOf(cause)})`);
  }
  if (size > maxBytes)
    throw new SourceUnavailable(`Google Health's reply is over ${maxBytes} bytes`);
  return Buffer.concat(chunks);
}

function parseJson(text: string, headers: Headers): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const html = text.trimStart().startsWith("<");
    const kind = html
      ? "a web page"
      : `incomplete or not JSON (${headers.get("content-type") ?? "no type"})`;
    throw new SourceUnavailable(`Google Health answered 200 with ${kind}`);
  }
}

/** A short code of what went wrong on the network; the error itself may hold the address with its query. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  const { cause } = error;
  if (cause instanceof Error && "code" in cause) return String(cause.code);
  return error.name;
}
