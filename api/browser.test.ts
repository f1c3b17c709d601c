import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { announceChange } from "../sql/participants.ts";
import { launchBrowser, openPage, serve, untilTrue } from "../testing/browser.ts";
import { testDatabase } from "../testing/database.ts";
import { needs } from "../testing/requirements.ts";
import { createApp } from "./app.ts";
import { fillStudy } from "./study-for-tests.ts";

const PATHS = ["/", "/participants/S2-0403"];

/** The pages over HTTP on a filled database, and a browser to look at them. */
async function startSite(t: TestContext, executablePath: string) {
  const database = await testDatabase();
  await fillStudy(database.app, new Date());
  const stopping = new AbortController();
  const silent = () => undefined;
  const app = createApp({
    db: database.app,
    clock: () => new Date(),
    temporalUiUrl: "http://127.0.0.1:8233",
    temporalNamespace: "wearflow",
    embedded: true,
    demo: true,
    pollMs: 100,
    log: { info: silent, warn: silent, error: silent },
    stopping: stopping.signal,
  });
  const site = await serve(app);
  const browser = await launchBrowser(executablePath);
  t.after(async () => {
    stopping.abort();
    await browser.close();
    await site.stop();
    await database.stop();
  });
  return { database, browser, origin: site.origin };
}

const textOf = (page: Page, selector: string) => page.locator(selector).textContent();

test("the pages in a browser", async (t) => {
  const executablePath = needs(t, "chromium");
  if (executablePath === null) return;
  const { database, browser, origin } = await startSite(t, executablePath);

  await t.test("no console error and no policy violation, and htmx is at work", async () => {
    for (const path of PATHS) {
      const { page, complaints, close } = await openPage(browser, origin + path);
      await untilTrue(page, "document.querySelector('[hx-get]')?._htmx?.initialized === true");
      if (path === "/") await page.waitForSelector("html[data-live=on]");
      assert.deepEqual(complaints, [], path);
      await close();
    }
  });

  await t.test("nothing overflows sideways at 390 px, light and dark", async () => {
    for (const path of [...PATHS, "/?q=nobody", "/?show=connection&sort=-battery"]) {
      for (const colorScheme of ["light", "dark"] as const) {
        const narrow = { viewport: { width: 390, height: 844 }, colorScheme };
        const { page, close } = await openPage(browser, origin + path, narrow);
        const width = await page.evaluate("document.documentElement.scrollWidth");
        assert.equal(width, 390, `${path} ${colorScheme}`);
        await close();
      }
    }
  });

  await t.test("without JavaScript every fact is there, and filter and search work", async () => {
    const { page, close } = await openPage(browser, `${origin}/`, { javaScriptEnabled: false });
    assert.equal(await page.locator("tbody tr").count(), 13);
    await page.getByRole("link", { name: "No sync for 48 h" }).click();
    await page.waitForURL(/show=no_sync/);
    assert.equal(await page.locator("tbody tr").count(), 2);
    await page.getByLabel("Find a participant by id").fill("0403");
    await page.getByRole("button", { name: "Find" }).click();
    await page.waitForURL(/show=no_sync&q=0403/);
    await page.getByRole("link", { name: "S2-0403", exact: true }).click();
    await page.waitForURL(/participants\/S2-0403/);
    assert.equal(await textOf(page, "h1"), "S2-0403");
    await close();
  });

  await t.test("a change appears by itself and moves neither focus nor filter", async () => {
    const { page, complaints, close } = await openPage(browser, `${origin}/?show=connection`);
    await page.waitForSelector("html[data-live=on]");
    const link = page.getByRole("link", { name: "S2-0413", exact: true });
    await link.focus();
    assert.equal(await page.locator("tbody tr").count(), 2);
    await database.owner.query(
      `update study.connection set status = 'revoked' where participant_id =
         (select id from study.participant where short_id = 'S2-0401')`,
    );
    await announceChange(database.app);
    await page.waitForSelector("#p-S2-0401");
    assert.equal(await page.locator("tbody tr").count(), 3);
    assert.equal(await page.evaluate("document.activeElement.textContent"), "S2-0413");
    assert.deepEqual(complaints, []);
    await close();
  });

  await t.test("injected htmx attributes do nothing without the page's nonce", async () => {
    const { page, close } = await openPage(browser, `${origin}/participants/S2-0401`);
    await untilTrue(page, "document.querySelector('[hx-get]')?._htmx?.initialized === true");
    let stolen = false;
    page.on("request", (request) => {
      if (request.url().endsWith("/stolen")) stolen = true;
    });
    await page.evaluate(`(() => {
      const bait = document.createElement("button");
      bait.setAttribute("hx-get", "/stolen");
      bait.id = "bait";
      document.body.append(bait);
      htmx.process(bait);
      bait.click();
    })()`);
    await page.waitForTimeout(300);
    assert.equal(await page.locator("#bait").getAttribute("hx-get"), null);
    assert.equal(stolen, false);
    await close();
  });
});
