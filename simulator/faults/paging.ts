import { SAME_PAGE, tokenEarlier } from "../health/pages.ts";
import { MINUTE } from "../time.ts";
import type { Fault } from "./fault.ts";
import { data } from "./fault.ts";
import type { FaultKind } from "./kinds.ts";

const OVERLAP = 100 * MINUTE;

/** Pages that come again, or that hold nothing. */
export const paging = {
  emptyPageWithToken: {
    meets: data,
    instead: (_, { pageToken }) => Response.json({ nextPageToken: samePage(pageToken) }),
  },
  repeatedToken: {
    meets: data,
    bend: (body, { pageToken }) => ({ ...body, nextPageToken: pageToken ?? SAME_PAGE }),
  },
  overlap: {
    meets: data,
    bend: (body) => {
      const { nextPageToken } = body;
      if (nextPageToken === undefined) return body;
      return { ...body, nextPageToken: tokenEarlier(nextPageToken, OVERLAP) };
    },
  },
} as const satisfies Partial<Record<FaultKind, Fault>>;

/** A token that asks for the very page that this request asked for. */
function samePage(pageToken: string | undefined): string {
  return `${pageToken ?? ""}${SAME_PAGE}`;
}
