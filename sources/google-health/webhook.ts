import { createHash } from "node:crypto";
import { z } from "zod";
import type { TimeWindow } from "../source.ts";
import { isRead } from "./data-types.ts";

/** That something of an account's changed in a stretch of time; it carries no values. */
export type Notification = Readonly<{
  /** Hex SHA-256 of the notification: sent again, it is the same. */
  sha256: string;
  providerUserId: string;
  operation: "UPSERT" | "DELETE";
  /** What is read here of it; null for a type nobody reads here. */
  dataType: string | null;
  windows: readonly TimeWindow[];
}>;

/** What was sent: an attempt to find out whether the address is ours, or notifications. */
export type WebhookBody =
  | Readonly<{ kind: "verification" }>
  | Readonly<{ kind: "notifications"; notifications: readonly Notification[]; unread: number }>;

const instant = z.iso.datetime({ offset: true }).transform((text) => new Date(text));
const Sent = z.object({
  data: z.object({
    healthUserId: z.string().min(1).max(100),
    operation: z.enum(["UPSERT", "DELETE"]),
    dataType: z.string().min(1).max(100),
    intervals: z
      .array(z.object({ physicalTimeInterval: z.object({ startTime: instant, endTime: instant }) }))
      .max(1000)
      .default([]),
  }),
});

/** Google is said to send up to 99 at once; more than this is no notification of Google's. */
const MOST = 1000;

/** Reads a body that was proven to be Google's: one object or a list of them. Null for what is no JSON of that kind. */
export function readWebhook(text: string): WebhookBody | null {
  const json = parse(text);
  if (z.object({ type: z.literal("verification") }).safeParse(json).success)
    return { kind: "verification" };
  const all = Array.isArray(json) ? json : [json];
  if (json === undefined || all.length > MOST) return null;
  const notifications = all.flatMap((one) => readOne(one) ?? []);
  return { kind: "notifications", notifications, unread: all.length - notifications.length };
}

function readOne(sent: unknown): Notification | null {
  const read = Sent.safeParse(sent);
  if (!read.success) return null;
  const { healthUserId, operation, dataType, intervals } = read.data.data;
  return {
    sha256: createHash("sha256").update(JSON.stringify(sent)).digest("hex"),
    providerUserId: healthUserId,
    operation,
    dataType: isRead(dataType) ? dataType : null,
    windows: intervals
      .map(({ physicalTimeInterval: { startTime: from, endTime: to } }) => ({ from, to }))
      .filter(({ from, to }) => from < to),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
