import type { Hono } from "hono";
import { GoogleError, invalidArgument } from "../google-error.ts";
import { requireScope } from "../oauth/bearer.ts";
import { scopes } from "../oauth/scopes.ts";
import type { Device } from "../participant.ts";
import { formatInstant } from "../time.ts";
import type { RequestVariables, World } from "../world.ts";
import { requireSelf } from "./request.ts";

/** Identity, settings and paired devices of the caller. */
export function addAccountRoutes(app: Hono<RequestVariables>, world: World): void {
  app.get("/v4/users/:user/identity", (c) => {
    const participant = c.get("participant");
    requireSelf(c.req.param("user"), participant);
    const { healthUserId, legacyUserId } = participant;
    return c.json({ name: "users/me/identity", healthUserId, legacyUserId });
  });

  app.get("/v4/users/:user/settings", (c) => {
    const participant = c.get("participant");
    requireSelf(c.req.param("user"), participant);
    requireScope(c.get("scopes"), scopes.settings);
    const { zone } = participant;
    const now = world.clock().getTime();
    return c.json({
      name: "users/me/settings",
      timeZone: zone.nameAt(now),
      utcOffset: `${zone.offsetSeconds(now)}s`,
      languageLocale: "en_GB",
      distanceUnit: "DISTANCE_UNIT_KILOMETERS",
      weightUnit: "WEIGHT_UNIT_KILOGRAMS",
      temperatureUnit: "TEMPERATURE_UNIT_CELSIUS",
    });
  });

  app.get("/v4/users/:user/pairedDevices", (c) => {
    const participant = c.get("participant");
    requireSelf(c.req.param("user"), participant);
    requireScope(c.get("scopes"), scopes.settings);
    const devices = participant.devices(world.clock().getTime());
    return c.json(devicePage(devices, c.req.query("pageSize"), c.req.query("pageToken")));
  });

  app.get("/v4/users/:user/pairedDevices/:device", (c) => {
    const participant = c.get("participant");
    requireSelf(c.req.param("user"), participant);
    requireScope(c.get("scopes"), scopes.settings);
    const devices = participant.devices(world.clock().getTime());
    const device = devices.find(({ id }) => id === c.req.param("device"));
    if (device === undefined)
      throw new GoogleError(404, "NOT_FOUND", "Requested entity was not found.");
    return c.json(describe(device));
  });
}

function devicePage(
  devices: readonly Device[],
  pageSize: string | undefined,
  pageToken: string | undefined,
): object {
  const asked = Number(pageSize ?? "5");
  const start = pageToken === undefined ? 0 : Number(/^after-(\d+)$/.exec(pageToken)?.[1]);
  if (!Number.isInteger(asked) || asked < 0 || Number.isNaN(start))
    throw invalidArgument("INVALID_PAGE_TOKEN", "Invalid paging parameters.", {
      field: "page_token",
      description: "page_size or page_token is malformed.",
    });
  const end = start + Math.min(100, asked === 0 ? 5 : asked);
  const page = devices.slice(start, end);
  return {
    ...(page.length > 0 && { pairedDevices: page.map(describe) }),
    ...(end < devices.length && { nextPageToken: `after-${end}` }),
  };
}

function describe(device: Device): object {
  const { batteryLevel } = device;
  return {
    name: `users/me/pairedDevices/${device.id}`,
    deviceType: device.type,
    batteryStatus: batteryStatus(batteryLevel),
    // An empty battery is a zero, and proto3 prints no zeros.
    ...(batteryLevel !== 0 && { batteryLevel }),
    ...(device.lastSyncAt !== null && { lastSyncTime: formatInstant(device.lastSyncAt) }),
    deviceVersion: device.version,
    macAddress: device.macAddress,
    features: device.features,
  };
}

function batteryStatus(level: number): string {
  if (level > 60) return "High";
  if (level > 25) return "Medium";
  return level > 0 ? "Low" : "Empty";
}
