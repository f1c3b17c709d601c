import { z } from "zod";
import { mix } from "../random.ts";
import type { FaultKind } from "./kinds.ts";
import { faultNames } from "./kinds.ts";

/** One switched-on fault: it meets the next `count` matching requests, or a share of them all. */
export const FaultSwitch = z.strictObject({
  kind: z.enum(faultNames),
  /** A short id; absent: everybody. */
  participant: z.string().optional(),
  /** Only requests whose path contains this text. */
  path: z.string().optional(),
  /** Default 1; with `rate`, no end. */
  count: z.int().min(1).optional(),
  /** The share of matching requests that it meets, drawn from the seed. */
  rate: z.number().min(0).max(1).optional(),
  /** rateLimit: the form of Retry-After (default absent); retryInfo is Google's detail instead. */
  retryAfter: z
    .enum([
      "seconds",
      "httpDate",
      "retryInfo",
      "absent",
      "absurd",
      "tenYears",
      "negative",
      "garbage",
    ])
    .optional(),
  /** rateLimit: how long to wait (default 30). */
  seconds: z.int().min(0).optional(),
  /** slow: how long the answer takes (default 200). */
  milliseconds: z.int().min(0).max(60_000).optional(),
  /** clockSkew, rateLimit: how far the server's clock is ahead, or behind (default 10; of rateLimit 0). */
  minutes: z.int().min(-1440).max(1440).optional(),
  /** gzipBomb, hugePage: the length after unpacking (default 200 and 50). */
  megabytes: z.int().min(1).max(1000).optional(),
  /** strangeValue: as Google would print it (default Infinity). */
  value: z.string().optional(),
  /** strangeTime: as Google would print it (default far in the future). */
  time: z.string().optional(),
  /** scopeSubset: what the participant ticks (default nothing). */
  scopes: z.array(z.string()).optional(),
});

export type FaultSwitch = Readonly<z.infer<typeof FaultSwitch>>;

/** A request as far as faults care. */
type Target = Readonly<{ participant: string | null; path: string }>;

/** The switched-on faults. */
export type Switchboard = Readonly<{
  set: (...switches: readonly FaultSwitch[]) => void;
  clear: () => void;
  /** What is still on, with the remaining counts. */
  list: () => readonly FaultSwitch[];
  /** Uses up and answers the first switch that meets a request; null where none does. */
  take: (target: Target, concerns: (kind: FaultKind) => boolean) => FaultSwitch | null;
}>;

export function createSwitchboard(seed: number, initial: readonly FaultSwitch[] = []): Switchboard {
  let on: FaultSwitch[] = [...initial];
  let draws = 0;
  const drawn = ({ rate }: FaultSwitch): boolean =>
    rate === undefined || mix(seed, ++draws) / 4_294_967_296 < rate;
  return {
    set: (...switches) => {
      on = [...on, ...switches];
    },
    clear: () => {
      on = [];
    },
    list: () => on,
    take: (target, concerns) => {
      const met = on.find((one) => concerns(one.kind) && aimsAt(one, target) && drawn(one));
      if (met === undefined) return null;
      on = on.flatMap((one) => (one === met ? usedUp(one) : [one]));
      return met;
    },
  };
}

function aimsAt({ participant, path }: FaultSwitch, target: Target): boolean {
  return (
    (participant === undefined || participant === target.participant) &&
    (path === undefined || target.path.includes(path))
  );
}

/** What is left of a switch that has met one more request. */
function usedUp(one: FaultSwitch): FaultSwitch[] {
  if (one.rate !== undefined && one.count === undefined) return [one];
  const left = (one.count ?? 1) - 1;
  return left > 0 ? [{ ...one, count: left }] : [];
}
