import { z } from "zod";
import { ScopeMissing, UnexpectedReply } from "../errors.ts";
import type { Device, DeviceReply, Provenance, RejectedReading } from "../source.ts";
import type { Client } from "./client.ts";
import { parseInstant } from "./instants.ts";
import { pages } from "./paging.ts";

/** A device's clock may run ahead of ours by this much before its sync time is not believed. */
const CLOCK_SKEW_MS = 10 * 60_000;

const DevicePage = z.object({ pairedDevices: z.array(z.unknown()).default([]) });
const PairedDevice = z.object({
  name: z.string().regex(/pairedDevices\/[^/]+$/),
  deviceType: z.string().optional(),
  deviceVersion: z.string().optional(),
  batteryLevel: z.number().int().min(0).max(100).optional(),
  batteryStatus: z.string().optional(),
  lastSyncTime: z.string().optional(),
});
const Settings = z.object({ timeZone: z.string().optional() });

/**
 * Paired devices and the account's time zone. Both stand behind one scope; where it was withheld the reply is
 * empty and `settings` null, and the newest wearable sample stands in for the sync.
 */
export async function fetchDevices(
  client: Client,
  accessToken: string,
  now: Date,
): Promise<DeviceReply> {
  try {
    return await readAll(client, accessToken, now);
  } catch (error) {
    if (!(error instanceof ScopeMissing)) throw error;
    return { devices: [], rejected: [], settings: null, provenance: [] };
  }
}

async function readAll(client: Client, accessToken: string, now: Date): Promise<DeviceReply> {
  const devices: Device[] = [];
  const rejected: RejectedReading[] = [];
  const provenance: Provenance[] = [];
  for await (const reply of pages(client, deviceRequest, accessToken)) {
    provenance.push(reply.provenance);
    const page = DevicePage.safeParse(reply.json);
    if (!page.success) throw new UnexpectedReply("No page of paired devices", { body: reply.text });
    for (const item of page.data.pairedDevices) {
      const device = readDevice(item, now, rejected);
      if (device !== null) devices.push(device);
    }
  }
  const request = { method: "GET", path: "/v4/users/me/settings", window: null } as const;
  const reply = await client.send(request, accessToken);
  const settings = Settings.safeParse(reply.json);
  if (!settings.success) throw new UnexpectedReply("No account settings", { body: reply.text });
  provenance.push(reply.provenance);
  return { devices, rejected, settings: { timeZone: zoneOf(settings.data.timeZone) }, provenance };
}

function deviceRequest(pageToken: string | null) {
  const query = new URLSearchParams({ pageSize: "100", ...(pageToken !== null && { pageToken }) });
  return { method: "GET", path: `/v4/users/me/pairedDevices?${query}`, window: null } as const;
}

function readDevice(item: unknown, now: Date, rejected: RejectedReading[]): Device | null {
  const payload = (JSON.stringify(item) ?? "").slice(0, 4000);
  const found = PairedDevice.safeParse(item);
  if (!found.success) {
    rejected.push({
      reason: "unparseable_point",
      detail: "A paired device of another shape",
      payload,
    });
    return null;
  }
  const { name, deviceType, deviceVersion, batteryLevel, batteryStatus, lastSyncTime } = found.data;
  const lastSyncAt = syncOf(lastSyncTime, now);
  if (lastSyncTime !== undefined && lastSyncAt === null) {
    rejected.push({
      reason: "bad_time",
      detail: "lastSyncTime is no instant, or lies ahead",
      payload,
    });
  }
  return {
    providerDeviceId: name.slice(name.lastIndexOf("/") + 1),
    kind: kindOf(deviceType),
    model: deviceVersion ?? null,
    // proto3 omits zero: an empty battery comes without a level.
    batteryPercent: batteryLevel ?? (batteryStatus === "Empty" ? 0 : null),
    batteryLabel: batteryStatus ?? null,
    lastSyncAt,
  };
}

/** The sync time, unless it is no instant or lies further ahead than clocks differ. */
function syncOf(text: string | undefined, now: Date): Date | null {
  const at = parseInstant(text);
  return at !== null && at <= now.getTime() + CLOCK_SKEW_MS ? new Date(at) : null;
}

function kindOf(deviceType: string | undefined): Device["kind"] {
  if (deviceType === "TRACKER") return "tracker";
  return deviceType === "SCALE" ? "scale" : "other";
}

function zoneOf(name: string | undefined): string | null {
  if (name === undefined) return null;
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    return null;
  }
}
