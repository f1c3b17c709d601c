import { z } from "zod";
import { FLAGS } from "../sql/status.ts";
import { SORT_WORDS } from "./status-sort.ts";

/** States the list can be narrowed to; the others are told apart by their flags. */
const STATES = ["active", "invited", "paused", "completed", "withdrawn"] as const;

/** What the address of the status page may say; a word it does not know falls back to its default. */
export const StatusQuery = z.object({
  show: z.enum(["all", ...FLAGS, ...STATES]).catch("all"),
  q: z.string().trim().max(40).catch(""),
  sort: z.enum(SORT_WORDS).catch(""),
  page: z.coerce.number().int().min(1).max(10_000).catch(1),
});
export type StatusQuery = Readonly<z.infer<typeof StatusQuery>>;

/** The address of the status page in this state; defaults are left out. */
export function statusUrl({ show, q, sort, page }: StatusQuery): string {
  const search = new URLSearchParams();
  if (show !== "all") search.set("show", show);
  if (q !== "") search.set("q", q);
  if (sort !== "") search.set("sort", sort);
  if (page !== 1) search.set("page", String(page));
  return search.size === 0 ? "/" : `/?${search}`;
}
