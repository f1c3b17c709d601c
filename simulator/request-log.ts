import type { MiddlewareHandler } from "hono";
import { whoAsks } from "./who-asks.ts";
import type { RequestVariables, World } from "./world.ts";

/** What one participant's connection asked for since the start or the last reset. */
export type RequestCounts = {
  total: number;
  /** The most requests that were under way at once. */
  maxConcurrency: number;
  /** Those that came before a wait was over that the server had told. */
  tooEarly: number;
  /** By method and path. */
  paths: Record<string, number>;
  /** Requests that met a fault, by its kind. */
  faults: Record<string, number>;
};

/** Counts requests by participant ("unknown" where no token names one). */
export type RequestLog = Readonly<{
  counts: () => Readonly<Record<string, RequestCounts>>;
  reset: () => void;
  middleware: (world: World) => MiddlewareHandler<RequestVariables>;
  /** Notes that a request met a fault, and until when its sender was told to wait (milliseconds). */
  noteFault: (participant: string | null, kind: string, waitUntil: number | null) => void;
}>;

const UNKNOWN = "unknown";

export function createRequestLog(): RequestLog {
  const all = new Map<string, RequestCounts>();
  const underWay = new Map<string, number>();
  const toldToWaitUntil = new Map<string, number>();
  const of = (who: string): RequestCounts => {
    const counts = all.get(who) ?? {
      total: 0,
      maxConcurrency: 0,
      tooEarly: 0,
      paths: {},
      faults: {},
    };
    all.set(who, counts);
    return counts;
  };
  return {
    counts: () => Object.fromEntries(all),
    reset: () => {
      all.clear();
      toldToWaitUntil.clear();
    },
    middleware: (world) => async (c, next) => {
      const who = (await whoAsks(c, world)) ?? UNKNOWN;
      const path = `${c.req.method} ${c.req.path}`;
      const now = (underWay.get(who) ?? 0) + 1;
      underWay.set(who, now);
      const counts = of(who);
      counts.total++;
      counts.maxConcurrency = Math.max(counts.maxConcurrency, now);
      counts.paths[path] = (counts.paths[path] ?? 0) + 1;
      if (world.clock().getTime() < (toldToWaitUntil.get(who) ?? 0)) counts.tooEarly++;
      try {
        await next();
      } finally {
        underWay.set(who, (underWay.get(who) ?? 1) - 1);
      }
    },
    noteFault: (participant, kind, waitUntil) => {
      const who = participant ?? UNKNOWN;
      const { faults } = of(who);
      faults[kind] = (faults[kind] ?? 0) + 1;
      if (waitUntil !== null) toldToWaitUntil.set(who, waitUntil);
    },
  };
}
