import { createHash } from "node:crypto";
import { z } from "zod";
import { invalidArgument } from "../google-error.ts";
import { mix, mixText } from "../random.ts";

const DEFAULT_PAGE_SIZE = 1440;
const MAX_PAGE_SIZE = 10_000;
/** A fault asks for the same page once more by adding this to the token (or sending it alone). */
export const SAME_PAGE = "~";

const Cursor = z.object({
  /** Data points from here on (newest first): instants at or before it, in milliseconds. */
  at: z.number(),
  /** How many points of exactly that instant were already given out. */
  skip: z.number().int(),
  /** Of the request that the token continues: every other parameter must be repeated. */
  request: z.string(),
  /** The page before this one was empty, so this one is not. */
  rested: z.boolean(),
});

export type Cursor = Readonly<z.infer<typeof Cursor>>;

/** The page size that a request gets: the asked one, silently truncated; where none was asked 1440, or the most. */
export function askedPageSize(asked: number | undefined, most = MAX_PAGE_SIZE): number {
  if (asked !== undefined && (!Number.isInteger(asked) || asked < 0))
    throw invalidArgument("INVALID_PAGE_SIZE", "Invalid page size.", {
      field: "page_size",
      description: "page_size must be a non-negative integer.",
    });
  return Math.min(most, asked === undefined || asked === 0 ? DEFAULT_PAGE_SIZE : asked);
}

export function writeToken(cursor: Cursor): string {
  return Buffer.from(JSON.stringify(cursor)).toString("base64url");
}

/** The token of a page that begins so much earlier, and so repeats the end of the one before it. */
export function tokenEarlier(token: string, milliseconds: number): string {
  const cursor = parseCursor(token);
  return cursor === null ? token : writeToken({ ...cursor, at: cursor.at + milliseconds, skip: 0 });
}

/** The cursor of a token of the same request; null for a first page. */
export function readToken(token: string | undefined, request: string): Cursor | null {
  const text = token?.replaceAll(SAME_PAGE, "") ?? "";
  if (text === "") return null;
  const cursor = parseCursor(text);
  if (cursor?.request !== request)
    throw invalidArgument("INVALID_PAGE_TOKEN", "Invalid page token.", {
      field: "page_token",
      description: "The page token is malformed or belongs to another request.",
    });
  return cursor;
}

function parseCursor(text: string): Cursor | null {
  try {
    return Cursor.parse(JSON.parse(Buffer.from(text, "base64url").toString()));
  } catch {
    return null;
  }
}

/** A short name of a request without its page token. */
export function requestDigest(...parts: readonly unknown[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("base64url").slice(0, 10);
}

/** Every sixteenth page or so that a token asks for is empty, and its token asks for the same again. */
export function restsAt(seed: number, { at, rested }: Cursor): boolean {
  return !rested && mix(mixText(seed, "rest"), Math.floor(at / 1000)) % 16 === 0;
}
