import { Hono } from "hono";
import { z } from "zod";
import { requires } from "../auth/visitor.ts";
import type { StoredEntry } from "../sql/audit-chain.ts";
import { readEntries } from "../sql/audit-chain.ts";
import type { AppDeps, AppEnv } from "./deps.ts";
import type { Pages } from "./page.ts";
import { utcMinute } from "./set-up-view.ts";
import { withPatience } from "./status-reader.ts";

const SHOWN = 50;

const Query = z.object({
  of: z.string().trim().max(100).catch(""),
  before: z.coerce
    .number()
    .int()
    .positive()
    .max(Number.MAX_SAFE_INTEGER)
    .optional()
    .catch(undefined),
});

export type AuditLine = Readonly<{
  seq: number;
  at: string;
  moment: string;
  actor: string;
  action: string;
  entity: string;
  reason: string;
  detail: string;
}>;

/** GET /audit: who did what to whom, when and why, newest first. */
export function auditRoutes({ db }: Pick<AppDeps, "db">, pages: Pages): Hono<AppEnv> {
  const routes = new Hono<AppEnv>();
  routes.get("/audit", requires("audit.read"), async (c) => {
    const { of, before } = Query.parse(c.req.query());
    const filter = { entity: of === "" ? null : of, before: before ?? null, limit: SHOWN };
    const entries = await withPatience(readEntries(db, filter));
    const oldest = entries.length < SHOWN ? undefined : entries.at(-1)?.seq;
    return pages.send(c, {
      view: "audit",
      fragment: "audit",
      title: "Audit",
      studies: [],
      fault: null,
      data: {
        of,
        lines: entries.map(auditLine),
        newest: before === undefined ? "" : auditUrl(of),
        earlier: oldest === undefined ? "" : auditUrl(of, oldest),
      },
    });
  });
  return routes;
}

/** The address of the audit of this participant, login or study, before this entry. */
function auditUrl(of: string, before?: number): string {
  const search = new URLSearchParams();
  if (of !== "") search.set("of", of);
  if (before !== undefined) search.set("before", String(before));
  return search.size === 0 ? "/audit" : `/audit?${search}`;
}

/** An entry in words. The detail is field names, counts and hashes. */
export function auditLine({ at, detail, ...entry }: StoredEntry): AuditLine {
  return {
    ...entry,
    at: at.toISOString(),
    moment: utcMinute(at),
    detail: Object.entries(detail)
      .map(
        ([name, value]) => `${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`,
      )
      .join(" · "),
  };
}
