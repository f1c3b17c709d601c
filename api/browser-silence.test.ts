import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { createPool } from "../sql/pool.ts";
import { launchBrowser, serve } from "../testing/browser.ts";
import { testDatabase } from "../testing/database.ts";
import { needs } from "../testing/requirements.ts";
import { silentProxy } from "../testing/silent-proxy.ts";
import { eventually } from "../testing/stack.ts";
import { createApp } from "./app.ts";
import { fillStudy } from "./study-for-tests.ts";

/** The pages over HTTP, on a database that can fall silent, and a browser to look at them. */
async function startSite(t: TestContext, executablePath: string) {
  const database = await testDatabase();
  await fillStudy(database.app, new Date());
  const proxy = await silentProxy(database.url("wearflow_app"));
  const db = createPool(proxy.url, "test", 8, { connectWithinMs: 1000, queryWithinMs: 3000 });
  const stopping = new AbortController();
  const silent = () => undefined;
  const app = createApp({
    db,
    clock: () => new Date(),
    temporalUiUrl: null,
    temporalNamespace: "wearflow",
    embedded: true,
    demo: true,
    pollMs: 100,
    pageWithinMs: 2000,
    log: { info: silent, warn: silent, error: silent },
    stopping: stopping.signal,
  });
  const site = await serve(app);
  const browser = await launchBrowser(executablePath);
  t.after(async () => {
    stopping.abort();
    await browser.close();
    await site.stop();
    await db.end();
    await proxy.stop();
    await database.stop();
  });
  return { proxy, browser, origin: site.origin };
}

test("pages in a browser while the database is silent, and when too many are open", async (t) => {
  const executablePath = needs(t, "chromium");
  if (executablePath === null) return;
  const { proxy, browser, origin } = await startSite(t, executablePath);

  await t.test("an open list says since when it is not live, and recovers by itself", async () => {
    const page = await browser.newPage();
    await page.goto(origin);
    await page.waitForSelector("html[data-live=on]");
    const words = page.locator(".live span:visible");
    assert.match(String(await words.textContent()), /^Live/);
    proxy.fallSilent();
    await page.waitForSelector("html[data-live=silent]");
    const silent = String(await words.textContent());
    assert.match(silent, /^Not live: the database does not answer since \d\d:\d\d UTC;/);
    assert.equal(await page.locator("tbody tr").count(), 13);
    const late = await browser.newPage();
    await late.goto(origin);
    assert.equal(await late.locator("h1").textContent(), "Cannot reach the database");
    await late.close();
    proxy.answerNewOnes();
    await page.waitForSelector("html[data-live=on]");
    await page.close();
  });

  await t.test("a page without a stream says so, and gets one when there is room", async () => {
    const crowd = new AbortController();
    const { signal } = crowd;
    // The page that was closed a moment ago may still have its seat: asked again until it is free.
    const listen = async (): Promise<Response> => {
      const reply = await fetch(`${origin}/events`, { signal });
      if (reply.ok) return reply;
      await reply.body?.cancel();
      await wait(50);
      return listen();
    };
    // Held until the end: a reply that nobody holds is closed when memory is swept.
    const streams = await Promise.all(Array.from({ length: 20 }, listen));
    const page = await browser.newPage();
    await page.clock.install();
    await page.goto(origin);
    await page.waitForSelector("html[data-live=full]");
    const words = await page.locator(".live span:visible").textContent();
    assert.match(String(words), /^Not live: too many pages are open/);
    assert.equal(streams.length, 20);
    crowd.abort();
    // Whoever asks before the crowd's seats are free is told so again, and comes back a minute later.
    await eventually("the page is live", async () => {
      await page.clock.runFor(61_000);
      return (await page.locator("html").getAttribute("data-live")) === "on" ? true : null;
    });
    await page.close();
  });
});
