import type { MiddlewareHandler } from "hono";
import { whoAsks } from "./who-asks.ts";
import type { RequestVariables, World } from "./world.ts";

/** What one participant's connection asked for since the start or the last reset. */
export type RequestCounts = {
  total: number;
  /** The most requests that were under way at once. */
  maxConcurrency: number;
  /** By method and path. */
  paths: Record<string, number>;
};

/** Counts requests by participant ("unknown" where no token names one). */
export type RequestLog = Readonly<{
  counts: () => Readonly<Record<string, RequestCounts>>;
  reset: () => void;
  middleware: (world: World) => MiddlewareHandler<RequestVariables>;
}>;

export function createRequestLog(): RequestLog {
  const all = new Map<string, RequestCounts>();
  const underWay = new Map<string, number>();
  return {
    counts: () => Object.fromEntries(all),
    reset: () => all.clear(),
    middleware: (world) => async (c, next) => {
      const who = (await whoAsks(c, world)) ?? "unknown";
      const path = `${c.req.method} ${c.req.path}`;
      const now = (underWay.get(who) ?? 0) + 1;
      underWay.set(who, now);
      const counts = all.get(who) ?? { total: 0, maxConcurrency: 0, paths: {} };
      all.set(who, counts);
      counts.total++;
      counts.maxConcurrency = Math.max(counts.maxConcurrency, now);
      counts.paths[path] = (counts.paths[path] ?? 0) + 1;
      try {
        await next();
      } finally {
        underWay.set(who, (underWay.get(who) ?? 1) - 1);
      }
    },
  };
}
