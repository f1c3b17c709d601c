import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AuthorizationRevoked,
  ScopeMissing,
  SourceUnavailable,
  UnexpectedReply,
} from "../errors.ts";
import { NOW, readFixture, reply, sourceAt, startServer, TOKEN } from "./test-server.ts";

const server = await startServer();
const source = sourceAt(server);
const refusals = await readFixture("refusals");
const recorded = await readFixture("paired-devices");
const settings = { name: "users/me/settings", timeZone: "Asia/Tokyo", utcOffset: "32400s" };

function answer(devices: unknown, account: unknown = settings): void {
  server.answerWith(({ path }, response) =>
    reply(response, path.endsWith("/settings") ? account : devices),
  );
}

async function readOne(fields: object) {
  answer({ pairedDevices: [{ name: "users/me/pairedDevices/7", ...fields }] });
  const { devices, rejected } = await source.fetchDevices(TOKEN);
  return { ...devices[0], rejected };
}

test("S39: a paired device tells its model, its battery and when it last synced", async () => {
  answer(recorded);
  const read = await source.fetchDevices(TOKEN);
  assert.deepEqual(read.devices, [
    {
      providerDeviceId: "816713257",
      kind: "tracker",
      model: "Charge 6",
      batteryPercent: 60,
      batteryLabel: "Medium",
      lastSyncAt: new Date("2026-11-24T12:00:58Z"),
    },
  ]);
  assert.deepEqual(read.rejected, []);
  assert.deepEqual(read.settings, { timeZone: "Asia/Tokyo" });
  assert.deepEqual(
    read.provenance.map(({ url, status }) => [new URL(url).pathname, status]),
    [
      ["/v4/users/me/pairedDevices", 200],
      ["/v4/users/me/settings", 200],
    ],
  );
  assert.equal(server.asked[0]?.query.get("pageSize"), "100");
});

test("every page of devices is read", async () => {
  server.answerWith(({ path, query }, response) => {
    if (path.endsWith("/settings")) return reply(response, settings);
    const at = Number(query.get("pageToken") ?? "0");
    const pairedDevices = [{ name: `users/me/pairedDevices/${at}` }];
    reply(
      response,
      at === 1
        ? { nextPageToken: "2" }
        : { pairedDevices, ...(at < 2 && { nextPageToken: String(at + 1) }) },
    );
  });
  const { devices, provenance } = await source.fetchDevices(TOKEN);
  assert.deepEqual(
    devices.map(({ providerDeviceId }) => providerDeviceId),
    ["0", "2"],
  );
  assert.equal(provenance.length, 4);
});

test("no device and no zone are answers", async () => {
  answer({}, {});
  const { devices, rejected, settings: account } = await source.fetchDevices(TOKEN);
  assert.deepEqual([devices, rejected, account], [[], [], { timeZone: null }]);
});

test("a withheld settings scope is an answer too: no devices, null settings, both refusals on record", async () => {
  server.answerWith((_, response) => reply(response, refusals["scope"], { status: 403 }));
  const read = await source.fetchDevices(TOKEN);
  assert.deepEqual([read.devices, read.settings, read.rejected], [[], null, []]);
  assert.deepEqual(
    read.provenance.map(({ status }) => status),
    [403, 403],
  );
});

test("any other refusal of devices or settings is an error", async () => {
  const cases = [
    ["unauthenticated", 401, AuthorizationRevoked],
    ["permission", 403, AuthorizationRevoked],
    ["serviceDisabled", 403, SourceUnavailable],
    ["internal", 500, SourceUnavailable],
    ["badFilter", 400, UnexpectedReply],
  ] as const;
  for (const [name, status, kind] of cases) {
    server.answerWith((_, response) => reply(response, refusals[name], { status }));
    await assert.rejects(source.fetchDevices(TOKEN), kind, name);
  }
  answer({ pairedDevices: "none" });
  await assert.rejects(source.fetchDevices(TOKEN), UnexpectedReply);
  answer({}, { timeZone: 7 });
  await assert.rejects(source.fetchDevices(TOKEN), UnexpectedReply);
});

test("a battery without a level is unknown, unless its status says that it is empty", async () => {
  assert.equal((await readOne({})).batteryPercent, null);
  assert.equal((await readOne({ batteryStatus: "Low" })).batteryPercent, null);
  assert.equal((await readOne({ batteryStatus: "Empty" })).batteryPercent, 0);
  assert.equal((await readOne({ batteryLevel: 0 })).batteryPercent, 0);
});

test("a level that is no percentage becomes unknown and is noted", async () => {
  for (const [batteryLevel, reason] of [
    [101, "implausible_value"],
    [-1, "implausible_value"],
    [55.5, "implausible_value"],
    ["full", "not_a_number"],
    [null, "not_a_number"],
  ] as const) {
    const { batteryPercent, rejected } = await readOne({ batteryLevel });
    assert.equal(batteryPercent, null);
    assert.deepEqual(
      rejected.map((one) => one.reason),
      [reason],
    );
  }
});

test("a sync time that cannot be read or lies ahead becomes unknown and is noted", async () => {
  const ahead = (minutes: number) => new Date(NOW.getTime() + minutes * 60_000).toISOString();
  for (const lastSyncTime of ["yesterday", "2026-11-24T12:00:58", 7, null, ahead(11)]) {
    const { lastSyncAt, rejected } = await readOne({ lastSyncTime });
    assert.equal(lastSyncAt, null);
    assert.deepEqual(
      rejected.map((one) => one.reason),
      ["bad_time"],
    );
  }
  const skewed = await readOne({ lastSyncTime: ahead(9) });
  assert.deepEqual([skewed.lastSyncAt, skewed.rejected], [new Date(ahead(9)), []]);
  assert.equal((await readOne({})).lastSyncAt, null);
});

test("kinds are tracker, scale or other", async () => {
  assert.equal((await readOne({ deviceType: "SCALE" })).kind, "scale");
  assert.equal((await readOne({ deviceType: "RING" })).kind, "other");
  assert.equal((await readOne({})).kind, "other");
});

test("a device without a name is rejected, and no hardware address is ever kept", async () => {
  const macAddress = "16ADD56D54CD";
  answer({
    pairedDevices: [
      7,
      { macAddress, deviceType: "TRACKER" },
      { name: "users/me/pairedDevices/1", macAddress, batteryLevel: 300, lastSyncTime: "x" },
    ],
  });
  const read = await source.fetchDevices(TOKEN);
  assert.equal(read.devices.length, 1);
  assert.equal(read.rejected.length, 4);
  assert.equal(JSON.stringify(read).includes(macAddress), false);
  answer({ pairedDevices: { macAddress } });
  await assert.rejects(
    source.fetchDevices(TOKEN),
    (error) => error instanceof UnexpectedReply && error.body?.includes(macAddress) === false,
  );
});

test("a zone is an IANA name or rejected: never an offset, never a guess", async () => {
  for (const timeZone of ["Europe/Kyiv", "Asia/Kolkata", "UTC", "America/Argentina/Ushuaia"]) {
    answer({}, { timeZone });
    assert.deepEqual((await source.fetchDevices(TOKEN)).settings, { timeZone });
  }
  for (const timeZone of ["Mars/Olympus_Mons", "+05:30", "GMT+25:00", "Tokyo time", "x"]) {
    answer({}, { timeZone });
    const read = await source.fetchDevices(TOKEN);
    assert.deepEqual(read.settings, { timeZone: null });
    assert.equal(read.rejected.length, 1, timeZone);
  }
});

test("the identity is the id that webhooks name, and the one older exports name", async () => {
  server.answerWith((_, response) =>
    reply(response, { name: "users/me/identity", healthUserId: "1000000001", legacyUserId: "ABC" }),
  );
  const both = { providerUserId: "1000000001", legacyUserId: "ABC" };
  assert.deepEqual(await source.fetchIdentity(TOKEN), both);
  for (const body of [{}, { healthUserId: "" }, { healthUserId: 7 }, []]) {
    server.answerWith((_, response) => reply(response, body));
    await assert.rejects(source.fetchIdentity(TOKEN), UnexpectedReply);
  }
  server.answerWith((_, response) => reply(response, refusals["scope"], { status: 403 }));
  await assert.rejects(source.fetchIdentity(TOKEN), ScopeMissing);
});
