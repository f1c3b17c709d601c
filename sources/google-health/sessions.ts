import type { Session, TimeWindow } from "../source.ts";
import type { PageReader } from "./endpoint.ts";
import type { JsonObject } from "./json.ts";
import { isObject } from "./json.ts";
import type { Refusal } from "./readings.ts";
import { refuseShape, takeEach } from "./readings.ts";
import { parseTimestamp } from "./timestamp.ts";

const NO_NAME: Refusal = { reason: "unparseable_point", detail: "session has no name" };
const BAD_TIME: Refusal = { reason: "bad_time", detail: "session has no times in RFC 3339" };
const BACKWARDS: Refusal = {
  reason: "implausible_value",
  detail: "session ends before it begins, or is longer than two days",
};
const CONFLICT: Refusal = {
  reason: "duplicate_conflict",
  detail: "session came before in this window with other content; the first is kept",
};

const LONGEST_MS = 48 * 3_600_000;

/** What every session has. */
export type SessionFrame = Pick<Session, "providerSessionId" | "startMs" | "endMs">;

/** Reads what kind of session it is about; a refusal where it does not fit. */
type ReadKind = (content: JsonObject, frame: SessionFrame) => Session | Refusal;

/** Reads sessions under a key; those that end outside the window are other days' and left to them. */
export function openSessions(key: string, read: ReadKind): (window: TimeWindow) => PageReader {
  return (window) => {
    const seen = new Map<string, string>();
    return (points) => {
      const sessions: Session[] = [];
      const rejected = takeEach(points, (point) => {
        const found = readSession(point, key, read);
        return "reason" in found ? found : takeSession(found, window, seen, sessions);
      });
      return { content: { holds: "sessions", sessions }, rejected };
    };
  };
}

function takeSession(
  session: Session,
  { from, to }: TimeWindow,
  seen: Map<string, string>,
  sessions: Session[],
): Refusal | null {
  const before = seen.get(session.providerSessionId);
  const content = JSON.stringify(session);
  if (before !== undefined) return before === content ? null : CONFLICT;
  seen.set(session.providerSessionId, content);
  if (session.endMs >= from.getTime() && session.endMs < to.getTime()) sessions.push(session);
  return null;
}

function readSession(point: unknown, key: string, read: ReadKind): Session | Refusal {
  const refused = refuseShape(point, key);
  if (refused) return refused;
  const outer = isObject(point) ? point : {};
  const content = isObject(outer[key]) ? outer[key] : {};
  const providerSessionId = idOf(outer["dataPointName"] ?? outer["name"]);
  if (providerSessionId === null) return NO_NAME;
  const span = spanOf(content["interval"]);
  if ("reason" in span) return span;
  const found = read(content, { providerSessionId, ...span });
  // It belongs to the day it ends in, and so does what was refused of it.
  return "reason" in found ? { ...found, time: span.endMs } : found;
}

/** The last part of `users/…/dataPoints/…`. */
function idOf(name: unknown): string | null {
  return typeof name === "string" ? (/\/dataPoints\/([^/]+)$/.exec(name)?.[1] ?? null) : null;
}

/** Start and end of an interval, in whole minutes or not; a refusal where they are none. */
export function spanOf(interval: unknown): Readonly<{ startMs: number; endMs: number }> | Refusal {
  const own = isObject(interval) ? interval : {};
  const startMs = parseTimestamp(own["startTime"]);
  const endMs = parseTimestamp(own["endTime"]);
  if (Number.isNaN(startMs) || Number.isNaN(endMs)) return BAD_TIME;
  return endMs > startMs && endMs - startMs <= LONGEST_MS ? { startMs, endMs } : BACKWARDS;
}

/** A word of the source in lower case; null where it is absent or says nothing. */
export function wordOf(value: unknown): string | null {
  if (typeof value !== "string" || !/^[A-Z][A-Z0-9_]{0,60}$/.test(value)) return null;
  return value.endsWith("_UNSPECIFIED") ? null : value.toLowerCase();
}
