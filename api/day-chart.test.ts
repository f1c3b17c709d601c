import assert from "node:assert/strict";
import { after, test } from "node:test";
import { storeImputation } from "../sql/imputations.ts";
import { settleDays } from "../sql/settle-days.ts";
import type { MadeGap } from "../testing/imputed-person.ts";
import { HEART_RATE, imputedPerson } from "../testing/imputed-person.ts";
import { startPages } from "./set-up-for-tests.ts";

const now = new Date("2026-11-04T12:00:00Z");
const { database, get } = await startPages(now);
after(() => database.stop());

const WORN: MadeGap = { start: 1440 + 600, length: 30, cause: "sensor_dropout" };
const OFF: MadeGap = { start: 1440 + 900, length: 60, cause: "not_worn" };
const LOST: MadeGap = { start: 1440 + 1100, length: 20, cause: "device_memory_exceeded" };
const FIRST = Date.parse("2026-11-01T00:00:00Z");
const at = (minute: number) => new Date(FIRST + minute * 60_000);
const ends = ({ start, length }: MadeGap) => at(start + length);

/** Somebody with three gaps on the second of three days: one filled, one left empty because nothing was worn, one forgotten. */
async function withImputedDay(shortId: string): Promise<void> {
  const { id } = await imputedPerson(database.app, shortId, {
    from: "2026-11-01",
    days: 3,
    gaps: [WORN, OFF, LOST],
  });
  await settleDays(database.app, id, HEART_RATE, ["2026-11-01", "2026-11-02", "2026-11-03"], null);
  const path = (bpm: number) => new Float64Array(WORN.length).fill(bpm);
  const filled = {
    method: "smoother",
    provisional: false,
    withSteps: true,
    mean: path(72),
    lower: path(60),
    upper: path(85),
    passedOver: [],
  } as const;
  const refusal = { pending: false, reason: "nothing was worn: the device was off" };
  const found = ({ start, cause }: MadeGap, gap: MadeGap) => ({
    startsAt: at(start),
    endsAt: ends(gap),
    cause,
    seed: "seed",
  });
  await storeImputation(database.app, {
    participantId: id,
    seriesId: HEART_RATE,
    day: "2026-11-02",
    inputHash: "ab".repeat(32),
    codeVersion: "test",
    parameters: {},
    scale: 10,
    madeAt: now,
    gaps: [
      { ...found(WORN, WORN), imputation: { filled }, expectedSteps: null },
      { ...found(OFF, OFF), imputation: { refusal }, expectedSteps: null },
      {
        ...found(LOST, LOST),
        imputation: {
          refusal: { pending: false, reason: "the device forgot it before it synced" },
        },
        expectedSteps: { total: 240, lower: 0, upper: 900, days: 9 },
      },
    ],
    tests: [],
  });
}

await withImputedDay("CHART");
const page = await (await get("/participants/CHART/days/2026-11-02")).text();
const pathOf = (name: string) => new RegExp(`class="${name}" d="([^"]*)"`).exec(page)?.[1] ?? "";

test("what was measured is a path that breaks at each gap", () => {
  assert.equal(pathOf("measured").match(/M/g)?.length, 4);
});

test("what was imputed is a path of its own inside its closed interval", () => {
  assert.equal(pathOf("imputed").match(/[ML]/g)?.length, WORN.length);
  assert.match(pathOf("interval"), /^M.*Z$/);
});

test("each gap is drawn by its cause", () => {
  const causes = [...page.matchAll(/<rect class="gap (\w+)"/g)].map(([, cause]) => cause);
  assert.deepEqual(causes, ["sensor_dropout", "not_worn", "device_memory_exceeded"]);
});

test("the table says in words what was imputed, how, and within which interval", () => {
  assert.match(page, /imputed by smoother/);
  assert.match(page, /72; 95 % of minutes within 60–85/);
});

test("the table says why a gap was left empty", () => {
  assert.match(page, /gap: not worn; left empty: nothing was worn: the device was off/);
});

test("steps nobody counted are expected beside the count, which is then at least", () => {
  assert.match(page, /no step counted, 240 are usual then \(0–900 on 9 other days\)/);
  assert.match(page, /3 gaps, at least \d+ steps\./);
});

test("the days beside it are reached by links, and there is none beyond the first and the last", async () => {
  const links = (html: string) =>
    [...html.matchAll(/href="\/participants\/CHART\/days\/([\d-]+)"/g)].map(([, day]) => day);
  assert.deepEqual(links(page), ["2026-11-01", "2026-11-03"]);
  const first = await (await get("/participants/CHART/days/2026-11-01")).text();
  assert.deepEqual(links(first), ["2026-11-02"]);
});

test("the participant's page links each day to its chart", async () => {
  const list = await (await get("/participants/CHART")).text();
  assert.match(list, /href="\/participants\/CHART\/days\/2026-11-02"/);
});

for (const path of ["CHART/days/2026-12-24", "NOBODY/days/2026-11-02", "CHART/days/yesterday"])
  test(`${path} leads nowhere`, async () => {
    assert.equal((await get(`/participants/${path}`)).status, 404);
  });

test("a day without any value, judged by no run yet, is still a page that says so", async () => {
  const { id } = await imputedPerson(database.app, "EMPTY", {
    from: "2026-11-01",
    days: 1,
    gaps: [{ start: 0, length: 1440, cause: "not_worn" }],
  });
  await settleDays(database.app, id, HEART_RATE, ["2026-11-01"], null);
  const empty = await get("/participants/EMPTY/days/2026-11-01");
  assert.equal(empty.status, 200);
  const html = await empty.text();
  assert.match(html, /0 minutes measured/);
  assert.match(html, /No run that ended has judged this day yet/);
});
