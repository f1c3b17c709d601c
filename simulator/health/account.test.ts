import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { clientOf, noon, personaOf, simulate } from "../test-client.ts";
import { DAY } from "../time.ts";

const Devices = z.object({
  pairedDevices: z.array(
    z.object({
      name: z.string().startsWith("users/me/pairedDevices/"),
      deviceType: z.enum(["TRACKER", "SCALE"]),
      batteryStatus: z.enum(["High", "Medium", "Low", "Empty"]),
      batteryLevel: z.int().optional(),
      lastSyncTime: z.string(),
      deviceVersion: z.string(),
      macAddress: z.string().regex(/^[0-9A-F]{12}$/),
      features: z.array(z.string()),
    }),
  ),
  nextPageToken: z.string().optional(),
});

test("identity and settings are the participant's own", async () => {
  const simulator = await simulate();
  for (const { participant, timeZone, healthUserId } of simulator.roster) {
    const client = await clientOf(simulator, participant);
    const identity = z
      .object({ healthUserId: z.string() })
      .parse(await (await client.get("/v4/users/me/identity")).json());
    assert.equal(identity.healthUserId, healthUserId);
    const settings = z
      .object({ timeZone: z.string(), utcOffset: z.string().regex(/^-?\d+s$/) })
      .parse(await (await client.get(`/v4/users/${healthUserId}/settings`)).json());
    assert.equal(settings.timeZone, timeZone);
  }
});

test("paired devices come in pages and tell the last sync with the phone", async () => {
  const simulator = await simulate();
  const withScale = simulator.roster[4]?.participant ?? "";
  const client = await clientOf(simulator, withScale);
  const path = "/v4/users/me/pairedDevices";
  const first = Devices.parse(await (await client.get(`${path}?pageSize=1`)).json());
  const token = first.nextPageToken ?? "";
  const second = Devices.parse(
    await (await client.get(`${path}?pageSize=1&pageToken=${token}`)).json(),
  );
  assert.deepEqual(
    [...first.pairedDevices, ...second.pairedDevices].map(({ deviceType }) => deviceType),
    ["TRACKER", "SCALE"],
  );
  assert.equal(second.nextPageToken, undefined);
  const [tracker] = first.pairedDevices;
  assert.equal(tracker?.lastSyncTime, simulator.truth(withScale, noon, noon).lastSync);
  const one = await client.get(`/v4/${tracker?.name}`);
  assert.deepEqual(await one.json(), tracker);
});

test("somebody stopped syncing three days ago and somebody lost the phone", async () => {
  const simulator = await simulate();
  const stories = [
    ["stopped syncing", "sync_turned_off", 3],
    ["phone lost", "phone_lost", 6],
  ] as const;
  for (const [persona, cause, days] of stories) {
    const id = personaOf(simulator, persona);
    const { events, lastSync } = simulator.truth(id, new Date(noon.getTime() - 30 * DAY), noon);
    const stop = events.find(({ kind }) => kind === cause);
    assert.ok(stop !== undefined && lastSync !== null);
    assert.equal(Math.round((noon.getTime() - Date.parse(stop.at)) / DAY), days);
    assert.ok(lastSync < stop.at);
  }
});

test("a battery drains between charges and its level is that of the last sync", async () => {
  let now = noon.getTime() - 20 * DAY;
  const simulator = await simulate({ clock: () => new Date(now), epoch: "2026-10-26" });
  const id = personaOf(simulator, "battery runs down");
  const levels: number[] = [];
  for (; now <= noon.getTime(); now += DAY / 2) {
    const client = await clientOf(simulator, id);
    const { pairedDevices } = Devices.parse(
      await (await client.get("/v4/users/me/pairedDevices")).json(),
    );
    levels.push(pairedDevices[0]?.batteryLevel ?? 0);
  }
  assert.ok(Math.min(...levels) < 10 && Math.max(...levels) > 90, levels.join(" "));
});
