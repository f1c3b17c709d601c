import assert from "node:assert/strict";
import { test } from "node:test";
import { clientOf, noon, personaOf, simulate } from "../test-client.ts";
import { DAY, dayNumber, HOUR } from "../time.ts";
import type { Truth } from "../truth.ts";
import { personas } from "./personas.ts";

const epoch = "2026-10-26";
const points = "/v4/users/me/dataTypes/heart-rate/dataPoints?pageSize=500";

test("same seed and epoch give the same bytes after a restart; another seed gives others", async () => {
  const bytes = async (seed: number): Promise<string> => {
    const simulator = await simulate({ seed, epoch });
    const pages: string[] = [JSON.stringify(simulator.roster)];
    for (const { participant } of simulator.roster)
      pages.push(await (await (await clientOf(simulator, participant)).get(points)).text());
    return pages.join();
  };
  const first = await bytes(7);
  assert.equal(await bytes(7), first);
  assert.notEqual(await bytes(8), first);
});

test("what was told of the past stays so however much later it is told", async () => {
  const from = new Date(noon.getTime() - 12 * DAY);
  const to = new Date(noon.getTime() - 8 * DAY);
  const early = await simulate({ epoch });
  const late = await simulate({ epoch, clock: () => new Date(noon.getTime() + 100 * DAY) });
  assert.deepEqual(late.roster, early.roster);
  for (const { participant } of early.roster) {
    const told = early.truth(participant, from, to);
    const again = late.truth(participant, from, to);
    assert.deepEqual(again.events, told.events);
    assert.deepEqual(again.measured, told.measured);
  }
});

test("a larger roster begins with the smaller one, and a thousand short ids are unique", async () => {
  const small = await simulate({ participants: 24 });
  const large = await simulate({ participants: 1000 });
  assert.deepEqual(large.roster.slice(0, 24), small.roster);
  for (const key of ["participant", "healthUserId", "code"] as const)
    assert.equal(new Set(large.roster.map((entry) => entry[key])).size, 1000);
  for (const { participant } of large.roster) assert.match(participant, /^D-\d{4}$/);
});

test("everybody was enrolled 14 to 30 days before the default start, in five continents' zones", async () => {
  const { roster } = await simulate();
  const today = dayNumber("2026-11-25");
  for (const { enrolledOn } of roster) {
    const days = today - dayNumber(enrolledOn);
    assert.ok(days >= 14 && days <= 30, `${days} days`);
  }
  assert.ok(new Set(roster.map(({ timeZone }) => timeZone)).size >= 8);
});

test("no sample lies before the watch was handed over, nor while it was off or without power", async () => {
  const simulator = await simulate();
  const from = new Date(noon.getTime() - 31 * DAY);
  for (const persona of new Set(personas.map(({ name }) => name))) {
    const participant = personaOf(simulator, persona);
    const { events, measured } = simulator.truth(participant, from, noon);
    const minutes = measured.map(({ start }) => start);
    const blind = [
      { from: iso(from), to: events.find(({ kind }) => kind === "put_on")?.at ?? "" },
      ...stretches(events, "took_off", "put_on"),
      ...stretches(events, "battery_empty", "charging_ended"),
    ];
    assert.ok(blind.length > 3);
    for (const stretch of blind) {
      // The minutes of both ends may hold samples of the time outside.
      const first = iso(Math.ceil(Date.parse(stretch.from) / 60_000) * 60_000);
      const last = iso(Date.parse(stretch.to) - 60_000);
      const inside = minutes.filter((minute) => minute >= first && minute <= last);
      assert.deepEqual(inside, [], `${persona} ${stretch.from}`);
    }
  }
});

const iso = (at: number | Date): string => new Date(at).toISOString().replace(".000Z", "Z");

/** From each event of one kind to the next of the other kind. */
function stretches(
  events: Truth["events"],
  begin: string,
  end: string,
): { from: string; to: string }[] {
  return events
    .filter(({ kind }) => kind === begin)
    .map(({ at: from }) => {
      const to = events.find(({ kind, at }) => kind === end && at > from)?.at ?? iso(noon);
      return { from, to };
    });
}

test("the personas do what they are called", async () => {
  const simulator = await simulate();
  const from = new Date(noon.getTime() - 14 * DAY);
  const hoursOf = (persona: string): number =>
    simulator.truth(personaOf(simulator, persona), from, noon).measured.length / 60 / 14;
  assert.ok(hoursOf("compliant") > 21);
  assert.ok(hoursOf("nights off") < 16);
  const evenings = hoursOf("evenings off");
  assert.ok(evenings > 18 && evenings < 21.5, `${evenings}`);
  assert.ok(hoursOf("week off") < 15);
  assert.ok(hoursOf("stopped wearing") < 16);
  const off = simulator
    .truth(personaOf(simulator, "weekends off"), from, noon)
    .measured.filter(({ start }) => new Date(start).getUTCDay() === 6);
  assert.equal(off.length, 0);
});

test("compliant people sync every 15 to 60 minutes by day, late ones every 2 to 5 days", async () => {
  const simulator = await simulate();
  const pauses = (persona: string): number[] => {
    const from = new Date(noon.getTime() - 14 * DAY);
    const { events } = simulator.truth(personaOf(simulator, persona), from, noon);
    const syncs = events.filter(({ kind }) => kind === "synced").map(({ at }) => Date.parse(at));
    return syncs.slice(1).map((at, i) => (at - (syncs[i] ?? 0)) / HOUR);
  };
  const usual = pauses("compliant").sort((a, b) => a - b);
  assert.ok((usual[0] ?? 0) >= 0.25 && (usual[usual.length >> 1] ?? 9) < 1);
  for (const hours of pauses("late sync")) assert.ok(hours >= 48 && hours <= 120);
});

test("fourteen days of minutes are rolled up in well under a second", async () => {
  const client = await clientOf(await simulate());
  const start = new Date(noon.getTime() - 14 * DAY).toISOString();
  const body = {
    range: { startTime: start, endTime: noon.toISOString() },
    windowSize: "60s",
    pageSize: 10_000,
  };
  const began = performance.now();
  const pages = await client.rollUp(body);
  const took = performance.now() - began;
  assert.ok(pages.length > 1);
  assert.ok(took < 1500, `${took} ms`);
});
