import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import type { Simulator } from "../create-simulator.ts";
import { scopes } from "../oauth/scopes.ts";
import { clientOf, grantOf, noon, personaOf, postForm, simulate } from "../test-client.ts";
import { DAY, HOUR } from "../time.ts";
import type { Truth } from "../truth.ts";
import { stories } from "./stories.ts";

const epoch = "2026-10-26";
const everybody = { epoch, participants: 0, stories: ["all"] } as const;

/** The one person of a story at an instant, with the truth of so many days before it. */
async function told(
  name: string,
  at = noon,
  days = 0,
): Promise<{ simulator: Simulator; truth: Truth; id: string }> {
  const simulator = await simulate({ epoch, participants: 0, stories: [name], clock: () => at });
  const id = simulator.roster[0]?.participant ?? "";
  return { simulator, id, truth: simulator.truth(id, new Date(at.getTime() - days * DAY), at) };
}

const eventOf = ({ events }: Truth, kind: string): number =>
  Date.parse(events.find((event) => event.kind === kind)?.at ?? "");

test("who is in a story is the same person in every roster, and nobody else becomes another by it", async () => {
  const alone = await simulate({ epoch, participants: 0, stories: ["device swap"] });
  const among = await simulate({
    epoch,
    participants: 24,
    stories: ["device swap", "flat heart rate"],
  });
  const without = await simulate({ epoch, participants: 24 });
  assert.deepEqual(among.roster.slice(0, 24), without.roster);
  assert.equal(among.roster.length, 26);
  const [one, other] = [alone, among].map((simulator) =>
    simulator.truth(personaOf(simulator, "device swap"), new Date(noon.getTime() - DAY), noon),
  );
  assert.deepEqual(one?.minutes, other?.minutes);
  await assert.rejects(simulate({ stories: ["alien abduction"] }), /There is no story "alien/);
});

test("every story's events are in order, and its minutes have one value each", async () => {
  const simulator = await simulate(everybody);
  assert.equal(simulator.roster.length, stories.length);
  for (const { participant } of simulator.roster) {
    const week = [new Date(noon.getTime() - 14 * DAY), new Date(noon.getTime() - 7 * DAY)] as const;
    const { events, minutes, steps, persona } = simulator.truth(participant, ...week);
    const moments = events.map(({ at }) => Date.parse(at));
    assert.deepEqual(
      moments,
      moments.toSorted((a, b) => a - b),
      persona,
    );
    for (const series of [minutes, steps.wearable, steps.all])
      assert.equal(new Set(series.map(({ start }) => start)).size, series.length, persona);
    assert.ok(minutes.length > 2000, `${persona}: ${minutes.length} minutes`);
  }
});

const Devices = z.object({
  pairedDevices: z.array(z.object({ name: z.string(), lastSyncTime: z.string() })),
});

async function devicesAt(at: number): Promise<z.infer<typeof Devices>["pairedDevices"]> {
  const { simulator, id } = await told("device swap", new Date(at));
  const reply = await (await clientOf(simulator, id)).get("/v4/users/me/pairedDevices");
  return Devices.parse(await reply.json()).pairedDevices;
}

test("a swapped watch stays paired beside the new one; its last day arrives days after the new one has synced", async () => {
  const changed = Date.parse("2026-11-15T10:30:00Z");
  const { truth } = await told("device swap", new Date(changed + HOUR), 1);
  assert.equal(eventOf(truth, "device_changed"), changed);
  const [old] = await devicesAt(changed - HOUR);
  const both = await devicesAt(changed + 20 * HOUR);
  assert.deepEqual([both.length, both[0]?.name], [2, old?.name]);
  assert.ok(Date.parse(both[0]?.lastSyncTime ?? "") < changed - 29 * HOUR);
  assert.ok(Date.parse(both[1]?.lastSyncTime ?? "") > changed);

  const minutesBefore = async (at: number): Promise<number> => {
    const now = new Date(at);
    const { minutes } = (await told("device swap", now, 6)).truth;
    return minutes.filter(({ start }) => Date.parse(start) < changed).length;
  };
  const [early, late] = [
    await minutesBefore(changed + 74 * HOUR),
    await minutesBefore(changed + 76 * HOUR),
  ];
  assert.ok(late - early > 20 * 60, `${late - early} minutes came late`);
});

test("a traveller's settings name the zone they are in, and their readings its offset", async () => {
  const arrived = Date.parse("2026-11-05T11:00:00Z");
  const { truth } = await told("traveller west", new Date(arrived + HOUR), 1);
  assert.equal(eventOf(truth, "travelled"), arrived);
  const zoneAt = async (at: number): Promise<unknown> => {
    const { simulator, id } = await told("traveller west", new Date(at));
    const reply = await (await clientOf(simulator, id)).get("/v4/users/me/settings");
    return z.looseObject({ timeZone: z.string() }).parse(await reply.json()).timeZone;
  };
  assert.equal(await zoneAt(arrived - HOUR), "Europe/Oslo");
  assert.equal(await zoneAt(arrived + HOUR), "America/New_York");
  assert.equal(await zoneAt(arrived + 20 * DAY), "Europe/Oslo");
  const { simulator, id } = await told("traveller west", new Date(arrived + 2 * DAY));
  const page = await (await clientOf(simulator, id)).page({ pageSize: "1" });
  assert.match(JSON.stringify(page), /"utcOffset":"-18000s"/);
});

test("over the date line one's own days still follow each other, whichever way one flies", async () => {
  const { truth } = await told("traveller over the date line", noon, 20);
  assert.deepEqual(
    truth.events.flatMap(({ timeZone }) => timeZone ?? []),
    ["Pacific/Honolulu", "Pacific/Auckland"],
  );
  const asleep = truth.events.filter(({ kind }) => kind === "fell_asleep").length;
  assert.ok(asleep >= 17, `${asleep} nights`);
});

test("a watch on the table reports one heart rate and no step, and its truth is that it was taken off", async () => {
  const { truth } = await told("flat heart rate", new Date("2026-11-13T12:00:00Z"), 1);
  const run = stories.find(({ persona }) => persona.name === "flat heart rate")?.flat;
  const from = Date.parse("2026-11-13T00:00:00Z");
  const to = from + (run?.hours ?? 0) * HOUR;
  const inside = (start: string) => Date.parse(start) >= from && Date.parse(start) < to;
  const minutes = truth.minutes.filter(({ start }) => inside(start));
  assert.ok(minutes.length > 200);
  for (const { min, max } of minutes) assert.deepEqual([min, max], [run?.bpm, run?.bpm]);
  assert.deepEqual(
    truth.steps.all.filter(({ start }) => inside(start)),
    [],
  );
  const off = truth.events.filter(({ at, kind }) => kind === "took_off" && Date.parse(at) === from);
  assert.equal(off.length, 1);
});

test("who withholds settings shows neither devices nor zone, and who withholds activity no steps", async () => {
  const simulator = await simulate(everybody);
  const statusOf = async (name: string, path: string): Promise<number> => {
    const client = await clientOf(simulator, personaOf(simulator, name));
    return (await client.get(`/v4/users/me/${path}`)).status;
  };
  for (const path of ["settings", "pairedDevices"]) {
    assert.equal(await statusOf("settings withheld", path), 403);
    assert.equal(await statusOf("activity withheld", path), 200);
  }
  assert.equal(await statusOf("settings withheld", "dataTypes/steps/dataPoints"), 200);
  assert.equal(await statusOf("activity withheld", "dataTypes/steps/dataPoints"), 403);
  assert.equal(await statusOf("activity withheld", "dataTypes/heart-rate/dataPoints"), 200);
});

test("consent that is taken back holds until that hour and no longer", async () => {
  let now = new Date("2026-11-17T13:00:00Z");
  const name = "consent taken back";
  const simulator = await simulate({ epoch, participants: 0, stories: [name], clock: () => now });
  const id = simulator.roster[0]?.participant;
  const { refresh_token } = await grantOf(simulator, id);
  const renew = () => postForm(simulator, "/token", { grant_type: "refresh_token", refresh_token });
  assert.equal((await renew()).status, 200);
  now = new Date("2026-11-17T14:00:01Z");
  assert.equal((await renew()).status, 400);
  assert.equal(
    eventOf(simulator.truth(id ?? "", new Date(now.getTime() - HOUR), now), "consent_taken_back"),
    Date.parse("2026-11-17T14:00:00Z"),
  );
});

test("a person's own consent page ticks what they grant, whatever is asked for", async () => {
  const simulator = await simulate({ epoch, participants: 0, stories: ["settings withheld"] });
  const query = new URLSearchParams({
    client_id: "wearflow-demo",
    redirect_uri: "http://127.0.0.1/callback",
    response_type: "code",
    scope: `${scopes.health} ${scopes.settings}`,
  });
  const page = await simulator.app.request(`/o/oauth2/v2/auth?${query}`);
  const granted = new URL(page.headers.get("location") ?? "").searchParams.get("scope");
  assert.equal(granted, scopes.health);
});
