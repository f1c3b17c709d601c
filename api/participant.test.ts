import assert from "node:assert/strict";
import { after, test } from "node:test";
import { storePage } from "../sql/samples.ts";
import { settleDays } from "../sql/settle-days.ts";
import { pageOf } from "../testing/pages.ts";
import { enrol } from "../testing/people.ts";
import { startPages } from "./set-up-for-tests.ts";

const now = new Date("2026-11-25T12:00:00Z");
const { database, get } = await startPages(now);
after(() => database.stop());

const STEPS_OF_ALL = 1001;
const HEART_RATE = 1;
const day = (index: number) => new Date(Date.UTC(2026, 7, 1) + index * 86_400_000);
const name = (index: number) => day(index).toISOString().slice(0, 10);

/** A hundred settled days, the first on 2026-08-01, with a thousand steps on the first and none on the others. */
async function withDays(shortId: string): Promise<void> {
  const id = await enrol(database.app, shortId, { enrolledOn: name(0), timeZone: "UTC" });
  const times = [0, 1, 2, 3].map((minute) => day(0).getTime() + minute * 60_000);
  const owner = { participantId: id, seriesId: STEPS_OF_ALL, workflowRunId: "run" };
  await storePage(
    database.app,
    owner,
    pageOf(
      times,
      times.map(() => 250),
    ),
  );
  const days = Array.from({ length: 100 }, (_, index) => name(index));
  const reading = { began: now, ended: now, syncAt: now };
  for (const series of [HEART_RATE, STEPS_OF_ALL])
    await settleDays(database.app, id, series, days, reading);
}

const daysOn = (page: string) => [...page.matchAll(/id="d-([^"]+)"/g)].map(([, one]) => one);

test("every day is reached by links: the newest sixty, then the earlier ones, then word that there are none", async () => {
  await withDays("P-100");
  const newest = await (await get("/participants/P-100")).text();
  assert.deepEqual([daysOn(newest).length, daysOn(newest)[0]], [60, name(99)]);
  const [, earlier = ""] = newest.match(/href="([^"]+)">Earlier days/) ?? [];
  assert.equal(earlier, `/participants/P-100?before=${name(40)}`);
  const rest = await (await get(earlier)).text();
  assert.deepEqual(
    daysOn(rest),
    Array.from({ length: 40 }, (_, index) => name(39 - index)),
  );
  assert.match(rest, /Local days before [A-Z0-9]/);
  assert.match(rest, /href="\/participants\/P-100">The newest days/);
  assert.doesNotMatch(rest, /Earlier days/);
  assert.match(rest, /No earlier days/);
  const none = await (await get(`/participants/P-100?before=${name(0)}`)).text();
  assert.match(none, /No earlier days/);
});

test("a day shows its steps, an open day of none says none yet, and steps that were never read are no 0", async () => {
  const page = await (await get(`/participants/P-100?before=${name(2)}`)).text();
  const steps = [...page.matchAll(/data-label="Steps" class="num">([^<]+)</g)].map(([, n]) => n);
  assert.deepEqual(steps, ["none yet", "1,000"]);
  const id = await enrol(database.app, "P-101", { enrolledOn: name(0), timeZone: "UTC" });
  await settleDays(database.app, id, HEART_RATE, [name(0)], null);
  const unread = await (await get("/participants/P-101")).text();
  assert.match(unread, /data-label="Steps" class="num">not read yet</);
});

test("a day that cannot be leads nowhere", async () => {
  for (const before of ["yesterday", "2026-02-30", "2026-13-01", "'", "0000-01-01", ""])
    assert.equal((await get(`/participants/P-100?before=${before}`)).status, 404, before);
});
