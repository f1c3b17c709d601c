import assert from "node:assert/strict";
import { after, test } from "node:test";
import { pagesOf, settingTexts, startPages } from "./set-up-for-tests.ts";
import { fillStudy } from "./study-for-tests.ts";

const now = new Date("2026-11-25T12:00:00Z");
const { database, get, post, settled } = await startPages(now);
after(() => database.stop());

test("a version of the settings changes what the list and a participant's page call inactive and valid", async () => {
  await fillStudy(database.app, now, [{ id: "S2-0401", syncHoursAgo: 30 }]);
  const page = async (path: string) => {
    const reply = await pagesOf(database, now, true).request(path);
    return reply.text();
  };
  assert.match(await page("/"), /<b>0<\/b> <span>No sync for 48 h</);
  assert.match(await page("/"), /line at 10 h</);
  assert.doesNotMatch(await page("/participants/S2-0401"), /No sync/);
  const texts = settingTexts(await (await get("/set-up/studies/sleep-2")).text());
  const change = { inactiveHours: "24", validDayMinutes: "930", version: "1", why: "amendment 3" };
  const done = await post("/set-up/studies/sleep-2/settings", { ...texts, ...change });
  await settled(done, "/set-up/studies/sleep-2?done=settings");
  const list = await page("/");
  assert.match(list, /<b>1<\/b> <span>No sync for 24 h</);
  assert.match(list, /line at 15 h 30 min</);
  assert.match(list, /7 of them 15 h 30 min or more/);
  assert.match(await page("/participants/S2-0401"), /No sync 24 h/);
});
