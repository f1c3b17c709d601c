import { z } from "zod";
import { UnexpectedReply } from "../errors.ts";
import type { Provenance } from "../source.ts";
import { askAgain } from "./again.ts";
import type { ApiRequest, Reply } from "./client.ts";
import { isObject, keepable } from "./json.ts";
import { jsonOf } from "./reply-json.ts";

/** The key under which a page lists its items. */
export type ListKey = "dataPoints" | "rollupDataPoints" | "pairedDevices";

export type Page = Readonly<{ items: readonly unknown[]; provenance: Provenance }>;

const List = z.array(z.unknown()).optional();
const Envelope = z.object({
  dataPoints: List,
  rollupDataPoints: List,
  pairedDevices: List,
  nextPageToken: z.string().optional(),
});

/** More pages than any window has, at the smallest page size seen (50): the provider is going in circles. */
const MAX_PAGES = 10_000;

/**
 * Yields every page until no token comes: a count proves nothing, a page may be empty and go on, the last may be
 * `{}`. All other parameters are repeated with the token. A token that comes again would never end: UnexpectedReply,
 * after the page that carried it. A page that came to nothing is asked for again (`askAgain`).
 */
export async function* readPages(
  request: ApiRequest,
  listKey: ListKey,
  send: (request: ApiRequest) => Promise<Reply>,
  askAgainAfterMs = 0,
): AsyncGenerator<Page, void, void> {
  const tokens = new Set<string>();
  let token = "";
  while (tokens.size < MAX_PAGES) {
    const asked = token === "" ? request : withToken(request, token);
    const page = await askAgain(askAgainAfterMs, async () => openPage(await send(asked), listKey));
    const { nextPageToken, ...told } = page;
    yield told;
    if (nextPageToken === "") return;
    if (tokens.has(nextPageToken)) {
      throw new UnexpectedReply(`Google Health repeats a page token for ${request.what}`);
    }
    tokens.add(nextPageToken);
    token = nextPageToken;
  }
  throw new UnexpectedReply(`Google Health does not stop giving pages for ${request.what}`);
}

function withToken(request: ApiRequest, pageToken: string): ApiRequest {
  return request.method === "GET"
    ? { ...request, query: { ...request.query, pageToken } }
    : { ...request, body: { ...request.body, pageToken } };
}

/** Only `{}` and a bare token may go without the list: any other object without it is not an empty page. */
function openPage(reply: Reply, listKey: ListKey): Page & Readonly<{ nextPageToken: string }> {
  const json = jsonOf(reply);
  const envelope = Envelope.safeParse(json);
  const items = envelope.data?.[listKey];
  if (!envelope.success || (items === undefined && hasOtherKeys(json))) {
    throw new UnexpectedReply(`Google Health's page for ${reply.what} has another shape`, {
      body: keepable(reply.text),
    });
  }
  const { nextPageToken = "" } = envelope.data;
  return { items: items ?? [], provenance: reply.provenance, nextPageToken };
}

function hasOtherKeys(json: unknown): boolean {
  return isObject(json) && Object.keys(json).some((key) => key !== "nextPageToken");
}
