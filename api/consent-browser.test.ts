import assert from "node:assert/strict";
import { after, test } from "node:test";
import type { Page } from "playwright-core";
import { changeState } from "../sql/participant-changes.ts";
import { assertClean, launchBrowser, openPage, serve } from "../testing/browser.ts";
import { consentWorld } from "../testing/consent-world.ts";
import { ingestWorld } from "../testing/ingest-world.ts";
import { needs } from "../testing/requirements.ts";

const NARROW = { viewport: { width: 390, height: 844 }, bypassCSP: true };
const heading = (page: Page) => page.locator("h1").textContent();

/** At the simulator's page of Google: chooses the account, unticks what is not to be shared, and decides. */
async function atGoogle(page: Page, account: string, decision: string, unticked: string[] = []) {
  await page.getByLabel("Account").selectOption(account);
  for (const name of unticked) await page.getByLabel(name).uncheck();
  await page.getByRole("button", { name: decision }).click();
  await page.waitForURL(/\/consent\//);
}

test("consent in a browser, against Google's page of the simulator", async (t) => {
  const executablePath = needs(t, "chromium");
  if (executablePath === null) return;
  const world = await ingestWorld({ participants: 3 });
  let fetch: Parameters<typeof serve>[0]["fetch"] = () => new Response("not yet");
  const { origin, stop } = await serve({ fetch: (...request) => fetch(...request) });
  const site = consentWorld(world, origin);
  fetch = site.app.fetch;
  const browser = await launchBrowser(executablePath);
  after(async () => {
    await browser.close();
    await stop();
    await world.stop();
  });
  const who = await site.newcomer(0);
  const invitation = await site.invite(who);
  const { page, complaints, close } = await openPage(browser, origin + invitation, NARROW);
  const looked = async (words: RegExp, what: string) => {
    assert.match((await heading(page)) ?? "", words);
    await assertClean(page, what);
    await page.setViewportSize(NARROW.viewport);
  };

  await t.test("denied: nothing is shared, and the same link may be tried again", async () => {
    await looked(/^Share your tracker's data/, "invitation");
    await page.getByRole("link", { name: "Norsk" }).click();
    await looked(/^Del data fra måleren din/, "invitation in Norwegian");
    await page.getByRole("link", { name: "Gå videre til Google" }).click();
    await atGoogle(page, who, "Cancel");
    await looked(/^Du delte ingenting/, "denied");
  });

  await t.test("a permission unticked: it is named, and one button grants it", async () => {
    await page.getByRole("link", { name: "Prøv igjen" }).click();
    await atGoogle(page, who, "Continue", ["sleep data"]);
    await looked(/^Takk. Noe mangler/, "partly granted");
    await page.getByRole("link", { name: "English" }).click();
    assert.deepEqual(await page.locator("dt").allTextContents(), ["Sleep"]);
    await page.getByRole("link", { name: "Share this too" }).click();
    await atGoogle(page, who, "Continue");
    await looked(/^Thank you$/, "granted");
    assert.equal((await world.connectionOf(who))?.status, "active");
  });

  await t.test("their own page shows what is shared, and one button ends it", async () => {
    await page.getByRole("link", { name: /^Your own page/ }).click();
    await looked(/^What you share with/, "own page");
    await page.getByRole("button", { name: "Stop sharing" }).click();
    await looked(/^You share nothing any more/, "taken back");
    assert.equal((await world.connectionOf(who))?.status, "revoked");
  });

  await t.test(
    "consent a second time, by a new link, in a browser without JavaScript",
    async () => {
      const options = { ...NARROW, javaScriptEnabled: false };
      const plain = await openPage(browser, origin + (await site.invite(who)), options);
      await plain.page.getByRole("link", { name: "Go on to Google" }).click();
      await atGoogle(plain.page, who, "Continue");
      assert.equal(await heading(plain.page), "Thank you");
      await plain.close();
      assert.deepEqual(complaints, [], "no error and no violation of the policy in all of this");
    },
  );

  await t.test("a used, an expired and a withdrawn participant's link open nothing", async () => {
    const expiresAt = new Date(world.deps.clock().getTime() + 1000);
    const expired = await site.invite(who, { expiresAt });
    world.setNow("2026-11-24T12:10:00Z");
    const open = await site.invite(who);
    const dead = async (address: string, words: RegExp) => {
      await page.goto(origin + address);
      await looked(words, address);
      assert.equal(await page.getByRole("link", { name: /Google/ }).count(), 0);
    };
    await dead(invitation, /^This link was used/);
    await dead(expired, /^This link is too old/);
    await changeState(
      world.deps.db,
      { shortId: who, verb: "withdraw" },
      { by: "a test", why: "to test" },
    );
    await dead(open, /^This link is no longer good/);
  });

  await t.test("staff read how it stands and what was decided", async () => {
    await page.goto(`${origin}/participants/${who}/consent`);
    await looked(/^Consent of/, "staff");
    await close();
  });
});
