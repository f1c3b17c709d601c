import { SourceUnavailable } from "../errors.ts";
import type { Provenance, TimeWindow } from "../source.ts";
import type { Body } from "./body.ts";
import { BodyTooLarge, NO_BODY, readBody } from "./body.ts";
import { createPace } from "./pace.ts";
import { momentOf } from "./retry-after.ts";

/** One request, without the parts every request has. `what` names it in error messages. */
export type ApiRequest = Readonly<{
  what: string;
  method: "GET" | "POST";
  path: string;
  query?: Readonly<Record<string, string>>;
  body?: Readonly<Record<string, unknown>>;
  window: TimeWindow | null;
}>;

/** A whole reply of any status. */
export type Reply = Readonly<{
  what: string;
  status: number;
  retryAfter: string | null;
  /** By the server's clock; by ours where it does not tell the time. */
  sentAt: Date;
  text: string;
  provenance: Provenance;
}>;

export type ClientOptions = Readonly<{
  baseUrl: string;
  fetch: typeof globalThis.fetch;
  maxBodyBytes: number;
  timeoutMs: number;
  clock: () => Date;
  minimumGapMs: number;
}>;

/** Sends one request on behalf of the token's owner. Throws SourceUnavailable where no whole reply comes back. */
export type Send = (request: ApiRequest, accessToken: string) => Promise<Reply>;

/** A refusal is small; more of it is not worth reading. */
const MAX_REFUSAL_BYTES = 1_000_000;

export function createClient(options: ClientOptions): Send {
  const { fetch, timeoutMs, clock } = options;
  const base = new URL(options.baseUrl).href.replace(/\/$/, "");
  const pace = createPace(options.minimumGapMs);
  return async (request, accessToken) => {
    await pace(accessToken);
    const url = addressOf(base, request);
    const began = performance.now();
    try {
      const response = await fetch(url, { ...initOf(request, accessToken, timeoutMs) });
      const body = await readWhole(response, options.maxBodyBytes);
      const receivedAt = clock();
      return {
        what: request.what,
        status: response.status,
        retryAfter: response.headers.get("retry-after"),
        sentAt: momentOf(response.headers.get("date"), receivedAt),
        text: body.text,
        provenance: {
          method: request.method,
          url: withoutToken(url),
          requestedWindow: request.window,
          fetchedAt: receivedAt,
          status: response.status,
          sha256: body.sha256,
          bytes: body.bytes,
          durationMs: performance.now() - began,
        },
      };
    } catch (error) {
      throw unavailable(request.what, error);
    }
  };
}

function addressOf(base: string, { path, query }: ApiRequest): URL {
  const url = new URL(base + path);
  for (const [name, value] of Object.entries(query ?? {})) url.searchParams.set(name, value);
  return url;
}

function initOf({ method, body }: ApiRequest, accessToken: string, timeoutMs: number): RequestInit {
  return {
    method,
    headers: {
      authorization: `Bearer ${accessToken}`,
      accept: "application/json",
      "user-agent": "wearflow (gzip)",
      ...(body && { "content-type": "application/json" }),
    },
    ...(body && { body: JSON.stringify(body) }),
    // The API never redirects: who does is a proxy, and it gets no token.
    redirect: "manual",
    signal: AbortSignal.timeout(timeoutMs),
  };
}

/** A refusal counts by its status even where its body cannot be read. */
async function readWhole(response: Response, maxBodyBytes: number): Promise<Body> {
  if (response.ok) return readBody(response, maxBodyBytes);
  return readBody(response, MAX_REFUSAL_BYTES).catch(() => NO_BODY);
}

/** The address for the record: page tokens are the provider's own and say nothing later. */
function withoutToken(url: URL): string {
  const shown = new URL(url);
  shown.searchParams.delete("pageToken");
  return shown.href;
}

/** The cause is a name alone: what fetch throws may quote a header, and with it the token. */
function unavailable(what: string, error: unknown): SourceUnavailable {
  const name = nameOf(error);
  const cause = new Error(name);
  if (error instanceof BodyTooLarge) {
    return new SourceUnavailable(`Google Health sends too large a reply for ${what}`, { cause });
  }
  if (name === "TimeoutError") {
    return new SourceUnavailable(`Google Health does not answer in time for ${what}`, { cause });
  }
  return new SourceUnavailable(`Google Health cannot be reached for ${what}`, { cause });
}

function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  const { cause } = error;
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  return typeof code === "string" ? code : error.name;
}
