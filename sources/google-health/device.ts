import type { Device, RejectedReading } from "../source.ts";
import type { JsonObject } from "./json.ts";
import { isObject, pieceOf, toNumber } from "./json.ts";
import { parseTimestamp } from "./timestamp.ts";

/** A clock may be a little ahead of ours; a sync further in the future never happened. */
const MAX_AHEAD_MS = 10 * 60_000;

/**
 * One paired device. A field that does not fit becomes null and is noted in `rejected`, by itself: the hardware
 * address beside it is never kept. Null where the device cannot be told from others.
 */
export function readDevice(item: unknown, now: Date, rejected: RejectedReading[]): Device | null {
  const device = isObject(item) ? item : {};
  const id = /(?:^|\/)pairedDevices\/([^/]+)$/.exec(textOf(device["name"]) ?? "")?.[1];
  if (id === undefined) {
    rejected.push({
      reason: "unparseable_point",
      detail: "paired device has no name",
      payload: pieceOf(item),
    });
    return null;
  }
  return {
    providerDeviceId: id,
    kind: kindOf(device["deviceType"]),
    model: textOf(device["deviceVersion"]),
    batteryPercent: batteryOf(device, rejected),
    batteryLabel: textOf(device["batteryStatus"]),
    lastSyncAt: lastSyncOf(device["lastSyncTime"], now, rejected),
  };
}

function kindOf(type: unknown): Device["kind"] {
  if (type === "TRACKER") return "tracker";
  return type === "SCALE" ? "scale" : "other";
}

/** A level of 0 is omitted, as every zero is; only the status "Empty" tells it from an unknown level. */
function batteryOf(device: JsonObject, rejected: RejectedReading[]): number | null {
  const level = device["batteryLevel"];
  if (level === undefined) return device["batteryStatus"] === "Empty" ? 0 : null;
  const percent = toNumber(level);
  if (Number.isInteger(percent) && percent >= 0 && percent <= 100) return percent;
  rejected.push({
    reason: Number.isFinite(percent) ? "implausible_value" : "not_a_number",
    detail: "battery level is no whole percentage",
    payload: pieceOf({ batteryLevel: level }),
  });
  return null;
}

function lastSyncOf(text: unknown, now: Date, rejected: RejectedReading[]): Date | null {
  if (text === undefined) return null;
  const time = parseTimestamp(text);
  if (time <= now.getTime() + MAX_AHEAD_MS) return new Date(time);
  rejected.push({
    reason: "bad_time",
    detail: Number.isNaN(time) ? "last sync is not RFC 3339" : "last sync is in the future",
    payload: pieceOf({ lastSyncTime: text }),
  });
  return null;
}

function textOf(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}
