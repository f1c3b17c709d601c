import { z } from "@hono/zod-openapi";
import { SHORT_ID } from "../../set-up/judge-participants.ts";

const MOST_ROWS = 1000;

/** As the document tells it; instants and days are judged more closely. */
const YEARS = "^(19|20|21)[0-9]{2}-";

/** A local day; the database knows no year 0. */
export const Day = z.iso
  .date()
  .regex(/^(19|20|21)/, { error: "must lie between 1900 and 2199" })
  .openapi({ format: "date", pattern: YEARS });

const Id = z
  .string()
  .regex(SHORT_ID)
  .openapi({
    param: { name: "id", in: "path" },
    description: "A participant's short id.",
    example: "S2-0417",
  });

/** Whose. */
export const OfPerson = z.object({ id: Id });
export const OfPersonDay = z.object({
  id: Id,
  day: Day.openapi({
    param: { name: "day", in: "path" },
    description: "A local day of theirs.",
    example: "2026-11-20",
  }),
});

export const Slug = z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/);
/** A name of a site, an arm, a state: looked up, never more than that. */
export const Name = z
  .string()
  .min(1)
  .max(200)
  // What no text in the database can hold. Not as a pattern: the document's dialect has no such classes.
  .refine((text) => !/[\p{Cc}\p{Cs}]/u.test(text), { error: "holds a character that no name has" });
export const MetricName = z.string().regex(/^[a-z][a-z0-9_]{0,59}$/);

/** An instant with its offset; what the database has no calendar for is refused. */
const Instant = z.iso
  .datetime({ offset: true })
  .regex(/^(19|20|21)\d\d-/, { error: "must lie between 1900 and 2199" })
  .transform((text) => new Date(text))
  .refine((time) => !Number.isNaN(time.getTime()), { error: "is no instant" })
  .openapi({ type: "string", format: "date-time", pattern: YEARS });

const isForward = ({ from, to }: Readonly<{ from: Date; to: Date }>) => from < to;
const backward = { path: ["to"], error: "must be after from" };

const fromTo = {
  from: Instant.openapi({ description: "Included.", example: "2026-11-01T00:00:00Z" }),
  to: Instant.openapi({ description: "Not included.", example: "2026-11-02T00:00:00Z" }),
};

const days = {
  from: Day.optional().openapi({
    description: "First local day; left out: the first there is.",
  }),
  to: Day.optional().openapi({
    description: "Last local day, not before from; left out: the last there is.",
  }),
};

export const limitOf = (usual: number, most: number) =>
  z.coerce.number().int().min(1).max(most).default(usual).openapi({
    type: "integer",
    description: "Rows of a page; a few more where several belong together.",
  });

const paging = {
  limit: limitOf(100, MOST_ROWS),
  cursor: z.string().max(300).optional().openapi({
    description:
      "The next_cursor of the page before, with everything else as before. A page may be empty and still have one.",
  }),
};

export const Page = z.object(paging);

type Days = Readonly<{ from?: string | undefined; to?: string | undefined }>;
const isInOrder = ({ from, to }: Days) => from === undefined || to === undefined || from <= to;

/** A range of local days with whatever else is asked. */
export const dated = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z
    .object(days)
    .extend(shape)
    .refine((asked) => isInOrder(asked as Days), {
      path: ["to"],
      error: "must not be before from",
    });

/** A page of a range of local days, with whatever else is asked. */
export const datedPage = <Shape extends z.ZodRawShape>(shape: Shape) =>
  dated({ ...paging, ...shape });

export const DaysPage = datedPage({});
export const TimePage = z.object({ ...fromTo, ...paging }).refine(isForward, backward);

/** A range of instants with whatever else is asked. */
export const timed = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z
    .object({ ...fromTo, cursor: paging.cursor })
    .extend(shape)
    .refine((asked) => isForward(asked as Readonly<{ from: Date; to: Date }>), backward);

/** A day as it can be asked of the database: null is open. */
export const openDays = ({ from, to }: Days) => ({
  from: from ?? null,
  to: to ?? null,
});
