import { z } from "zod";
import { UnexpectedReply } from "../errors.ts";
import type { ApiReply, ApiRequest, Client } from "./client.ts";

/** Far beyond any real window (14 days of one sample a second are 121 pages of 10,000). */
const MAX_PAGES = 2_000;

const Envelope = z.object({ nextPageToken: z.string().optional() });

/**
 * Yields the replies of one question to its end: until no page token comes. A page may be empty and carry a token,
 * the last one may be `{}`, and counts prove nothing. Throws UnexpectedReply where a token comes again.
 */
export async function* pages(
  client: Client,
  request: (pageToken: string | null) => ApiRequest,
  accessToken: string,
): AsyncGenerator<ApiReply, void, void> {
  const seen = new Set<string>();
  let token: string | null = null;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const reply: ApiReply = await client.send(request(token), accessToken);
    const next = nextToken(reply);
    yield reply;
    if (next === null) return;
    if (seen.has(next))
      throw new UnexpectedReply("Google Health repeated a page token", { body: reply.text });
    seen.add(next);
    token = next;
  }
  throw new UnexpectedReply(`Google Health gave more than ${MAX_PAGES} pages for one window`);
}

function nextToken({ json, text }: ApiReply): string | null {
  const refusal = errorShape(json);
  if (refusal !== null) throw new UnexpectedReply(refusal, { body: text });
  const envelope = Envelope.safeParse(json);
  if (!envelope.success) {
    throw new UnexpectedReply("Google Health answered 200 with no page of data", { body: text });
  }
  const { nextPageToken } = envelope.data;
  return nextPageToken === undefined || nextPageToken === "" ? null : nextPageToken;
}

/** An error object with status 200 is an error, never an empty page. */
function errorShape(json: unknown): string | null {
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    return "Google Health answered 200 with JSON that is no object";
  }
  return "error" in json || "errors" in json
    ? "Google Health answered 200 with an error object"
    : null;
}
