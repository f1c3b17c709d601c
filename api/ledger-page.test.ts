import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { HOUR, judgedPerson, minutesBetween } from "../testing/judged-person.ts";
import { startPages } from "./set-up-for-tests.ts";

/** Midnight in Oslo at the beginning of the first day. */
const FIRST = Date.parse("2026-11-15T23:00:00Z");
const NOW = FIRST + 9 * 24 * HOUR + 12 * HOUR;
const { database, get } = await startPages(new Date(NOW));
after(() => database.stop());

const pageOf = async (path: string) => {
  const reply = await get(path);
  assert.equal(reply.status, 200, path);
  return reply.text();
};
const atDay = (day: number, hour = 0) => FIRST + (day * 24 + hour) * HOUR;

before(async () => {
  const facts = { shortId: "P-7", enrolledOn: "2026-11-16", timeZone: "Europe/Oslo" };
  const person = await judgedPerson(database.app, facts);
  // Worn whole, off for six hours, not at all, and then the device fell silent.
  const worn = [
    ...minutesBetween(atDay(0), atDay(1, 10)),
    ...minutesBetween(atDay(1, 16), atDay(2)),
  ];
  await person.measure([...worn, ...minutesBetween(atDay(3), atDay(4, 12))]);
  for (const [sync, battery] of [
    [atDay(1, 12), 70],
    [atDay(3, 2), 60],
    [atDay(4, 12), 50],
  ] as const) {
    await person.sync(sync, battery, sync);
    await person.run(sync);
  }
  await person.run(atDay(4, 20));
  await person.run(NOW);
});

test("the calendar shows every day by its state, and the chosen day in a sentence with its proof", async () => {
  const page = await pageOf("/participants/P-7/ledger?day=2026-11-18");
  const squares = [...page.matchAll(/<td class="(\w+)"><a href="[^"]+day=(2026-11-\d\d)"/g)];
  assert.deepEqual(squares.map(([, state, day]) => [day, state]).slice(0, 5), [
    ["2026-11-16", "valid"],
    ["2026-11-17", "valid"],
    ["2026-11-18", "not_worn"],
    ["2026-11-19", "valid"],
    ["2026-11-20", "unsynced"],
  ]);
  assert.match(page, /Wed, 18 Nov 2026: not worn/);
  assert.match(page, /Not worn at all\. Final: the device has synced past this day/);
  assert.match(page, /not worn 1440 min/);
  assert.match(page, /aria-current="date"/);
  assert.match(page, /title="15 Nov: before enrolment"/);
});

test("a day's chart says in a sentence what became of the day, also where nothing is drawn", async () => {
  for (const [day, sentence] of [
    ["2026-11-18", /Not worn at all\. Final/],
    ["2026-11-21", /The device has not synced since Fri, 20 Nov 2026/],
  ] as const)
    assert.match(await pageOf(`/participants/P-7/days/${day}`), sentence, day);
});

test("S68: a day without data says until when it can be saved, never just 0", async () => {
  const page = await pageOf("/participants/P-7/ledger?day=2026-11-21");
  assert.match(page, /has not synced since Fri, 20 Nov 2026, 12:00 Europe\/Oslo, over 48 h/);
  assert.match(page, /from Fri, 27 Nov 2026, 12:00 Europe\/Oslo on it is overwritten/);
  assert.match(page, /<rect class="not_yet_synced"/);
});

test("every gap longer than five minutes stands on the line of its day and in a sentence", async () => {
  const page = await pageOf("/participants/P-7/ledger?day=2026-11-17");
  const line = /<th scope="row">17 Nov<\/th><td><svg[^>]*aria-label="([^"]+)"/.exec(page);
  assert.equal(line?.[1], "not worn");
  assert.match(
    page,
    /10:00 Europe\/Oslo to Tue, 17 Nov 2026, 16:00 Europe\/Oslo: the device was not worn/,
  );
});

test("devices with battery, runs and pages fetched are told", async () => {
  const page = await pageOf("/participants/P-7/ledger");
  assert.match(page, /50 %, seen/);
  assert.match(page, /<b class="ok">complete<\/b>/);
  assert.match(page, /heart rate, google-wearables/);
});

test("a day of which nothing is known says so, and an address that cannot be leads nowhere", async () => {
  assert.match(
    await pageOf("/participants/P-7/ledger?day=2026-11-01"),
    /Nothing is known of this day/,
  );
  for (const path of ["/participants/P-7/ledger?day=2026-02-30", "/participants/NOBODY/ledger"])
    assert.equal((await get(path)).status, 404, path);
});

test("whom to call first stands on a page of its own, with the time that is left", async () => {
  const page = await pageOf("/save-the-data");
  assert.match(page, /href="\/participants\/P-7\/ledger">P-7</);
  assert.match(page, /<b class="(bad|warn)">2 d<\/b>/);
});
