import { ScopeMissing } from "../errors.ts";
import type { DeviceReply, DevicesAsked, Provenance, RejectedReading } from "../source.ts";
import type { ApiRequest, Reply } from "./client.ts";
import { readDevice } from "./device.ts";
import { readPages } from "./paging.ts";
import { readSettings } from "./settings.ts";

const DEVICES: ApiRequest = {
  what: "paired devices",
  method: "GET",
  path: "/v4/users/me/pairedDevices",
  query: { pageSize: "100" },
  window: null,
};

const SETTINGS: ApiRequest = {
  what: "settings",
  method: "GET",
  path: "/v4/users/me/settings",
  window: null,
};

/**
 * Paired devices and settings. Both stand behind one scope, and that a participant withheld it is an answer, not an
 * error: no devices, null settings, and the provenance of the 403.
 */
export async function fetchDevices(
  send: (request: ApiRequest) => Promise<Reply>,
  now: Date,
  { alone }: DevicesAsked = { alone: false },
): Promise<DeviceReply> {
  const provenance: Provenance[] = [];
  const rejected: RejectedReading[] = [];
  const sendNoted = async (request: ApiRequest) => {
    const reply = await send(request);
    provenance.push(reply.provenance);
    return reply;
  };
  const devices = await unlessWithheld([], async () => {
    const read: DeviceReply["devices"][number][] = [];
    for await (const { items } of readPages(DEVICES, "pairedDevices", sendNoted)) {
      for (const item of items) {
        const device = readDevice(item, now, rejected);
        if (device) read.push(device);
      }
    }
    return read;
  });
  const settings = alone
    ? null
    : await unlessWithheld(null, async () => readSettings(await sendNoted(SETTINGS), rejected));
  return { devices, rejected, settings, provenance };
}

async function unlessWithheld<Value>(instead: Value, read: () => Promise<Value>): Promise<Value> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof ScopeMissing) return instead;
    throw error;
  }
}
