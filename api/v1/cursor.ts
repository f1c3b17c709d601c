import { z } from "zod";
import { Day } from "./asked.ts";
import { Unprocessable } from "./problem.ts";

/** The place where the next page goes on, as an opaque word. */
export function cursorOf(place: unknown): string {
  return Buffer.from(JSON.stringify(place)).toString("base64url");
}

/** The place of a cursor of ours; one that is none is refused. */
export function placeOf<Place>(cursor: string | undefined, schema: z.ZodType<Place>): Place | null {
  if (cursor === undefined) return null;
  const place = schema.safeParse(parsed(cursor));
  if (place.success) return place.data;
  throw new Unprocessable([
    {
      in: "query",
      field: "cursor",
      message: "is no cursor of this list; leave it out to begin again",
    },
  ]);
}

function parsed(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
  } catch {
    return null;
  }
}

/** What a cursor may hold: an id, a day, an instant. */
export const IdPlace = z.string().regex(/^[A-Za-z0-9-]{1,30}$/);
export const DayPlace = Day;
export const InstantPlace = z.iso.datetime().transform((text) => new Date(text));
export const NumberPlace = z.int().min(0);

/** The cursor after a page: null where nothing follows. */
export function nextCursor<Row>(
  rows: readonly Row[],
  limit: number,
  place: (row: Row) => unknown,
): string | null {
  const last = rows.at(-1);
  return last === undefined || rows.length < limit ? null : cursorOf(place(last));
}
