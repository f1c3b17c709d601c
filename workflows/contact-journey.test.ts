import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { announceChange } from "../sql/participants.ts";
import { assertClean, openPage, untilTrue } from "../testing/browser.ts";
import { lines, password, startContactSite } from "../testing/contact-site.ts";
import { everyPage, routesOfPages } from "../testing/every-page.ts";
import { historyTexts } from "../testing/history-texts.ts";
import { needs } from "../testing/requirements.ts";
import { eventually } from "../testing/stack.ts";
import { signInAs } from "../testing/staff.ts";

const yesterday = () => new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);

/** Presses Tab until this has the focus: what a person without a mouse does. */
async function tabTo(page: Page, role: "link" | "button" | "textbox", name: string | RegExp) {
  const target = page.getByRole(role, { name }).first();
  for (let presses = 0; presses < 80; presses += 1) {
    if (await target.evaluate((element) => element === element.ownerDocument.activeElement))
      return target;
    await page.keyboard.press("Tab");
  }
  throw new Error(`No Tab leads to ${role} ${String(name)}`);
}

/** Goes by keyboard alone: focus, then Enter. */
async function press(page: Page, role: "link" | "button", name: string | RegExp) {
  await tabTo(page, role, name);
  await page.keyboard.press("Enter");
  await page.waitForLoadState();
}

/** Sign in → filter → open → write → preview → send, with the mouse or without; ends on the message's page. */
async function sendTo(page: Page, who: string, go: typeof press): Promise<string> {
  if (go === press) {
    await tabTo(page, "textbox", "Login");
    await page.keyboard.type("ola");
    await page.keyboard.press("Tab");
    await page.keyboard.type(password);
  } else {
    await page.getByLabel("Login").fill("ola");
    await page.getByLabel("Password").fill(password);
  }
  await go(page, "button", "Sign in");
  await page.waitForURL(/\/$/);
  await go(page, "link", /No sync for 48 h/);
  await page.waitForURL(/show=no_sync/);
  await go(page, "link", who);
  await page.waitForURL(new RegExp(`participants/${who}`));
  await go(page, "link", `Write to ${who}`);
  await page.waitForURL(/\/write$/);
  await go(page, "button", "Preview");
  await page.waitForURL(/\/messages\//);
  await go(page, "button", `Send to ${who}`);
  await page.getByText("It can be taken back").waitFor();
  return page.url().split("/").at(-1) ?? "";
}

async function signIn(page: Page): Promise<void> {
  await page.getByLabel("Login").fill("ola");
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(/\/$/);
}

const click = async (page: Page, role: "link" | "button", name: string | RegExp) => {
  await page.getByRole(role, { name, exact: true }).first().click();
};

test("a coordinator's day in a real browser, down to the run in Temporal", async (t) => {
  const executablePath = needs(t, "chromium");
  if (executablePath === null) return;
  const { world, client, browser, origin, routes } = await startContactSite(t, executablePath);
  const { db } = world.deps;
  const waitedOut = (id: string) =>
    db.query("update study.message set undo_until = now() where id = $1::uuid", [id]);
  const outcomeOf = (id: string) =>
    eventually(`message ${id} is over`, async () => {
      const status = await world.status(id);
      return ["queued", "sending"].includes(status) ? null : status;
    });
  const historyOf = (who: string, id: string) =>
    client.workflow.getHandle(`contact/sleep-2/${who}/${id}`).fetchHistory();

  await t.test(
    "sign in, filter, open, preview, send: the message is in the outbox, the log and Temporal",
    async () => {
      const { page, complaints, close } = await openPage(browser, `${origin}/sign-in`);
      const id = await sendTo(page, "S2-0403", click);
      const [frame] = page.frames().slice(1);
      assert.match(String(await frame?.locator("body").textContent()), /Dear Kari/);
      await waitedOut(id);
      // Wakes the run, which would look again in two minutes; what it finds is not taken back but due.
      await client.workflow.getHandle(`contact/sleep-2/S2-0403/${id}`).signal("takenBack");
      assert.equal(await outcomeOf(id), "accepted");
      await page.reload();
      await page.getByText("In the outbox: not sent").waitFor();
      await page.goto(`${origin}/messages`);
      assert.equal(
        await page.getByRole("link", { name: "No sync for two days to S2-0403" }).count(),
        1,
      );
      const { events } = await historyOf("S2-0403", id);
      assert.ok((events?.length ?? 0) > 5);
      assert.deepEqual(complaints, []);
      await close();
    },
  );

  await t.test("the same without JavaScript, and taken back: nothing goes", async () => {
    const { page, close } = await openPage(browser, `${origin}/sign-in`, {
      javaScriptEnabled: false,
    });
    const id = await sendTo(page, "S2-0406", click);
    await page.getByRole("button", { name: "Take it back" }).click();
    await page.getByText("taken back").first().waitFor();
    assert.equal(await world.status(id), "cancelled");
    const result = await client.workflow.getHandle(`contact/sleep-2/S2-0406/${id}`).result();
    assert.equal(result.outcome, "cancelled");
    await close();
  });

  await t.test(
    "who is chosen stays chosen while the list changes, and the review asks before anything goes",
    async () => {
      await db.query("delete from study.message");
      const { page, complaints, close } = await openPage(browser, `${origin}/sign-in`);
      await signIn(page);
      await page.waitForSelector("html[data-live=on]");
      const review = page.getByRole("button", { name: "Review those chosen" });
      assert.equal(await review.isVisible(), false);
      await page.getByLabel("Choose S2-0403").check();
      await page.getByLabel("Choose S2-0401").check();
      assert.equal(await page.getByLabel("Choose S2-0408").count(), 0, "nobody who has withdrawn");
      const before = await page.locator("#panel .asof time").getAttribute("datetime");
      await announceChange(db);
      await untilTrue(
        page,
        `document.querySelector("#panel .asof time").getAttribute("datetime") !== ${JSON.stringify(before)}`,
      );
      assert.equal(await page.getByLabel("Choose S2-0403").isChecked(), true);
      await review.click();
      await page.getByText("1 left out, and why").waitFor();
      await page.getByRole("button", { name: "Send to those chosen" }).click();
      await page.waitForURL(/\/messages$/);
      assert.equal(await page.getByRole("link", { name: "to S2-0403" }).count(), 1);
      assert.deepEqual(complaints, []);
      await close();
    },
  );

  await t.test("signing in and sending by keyboard alone", async () => {
    await db.query("delete from study.message");
    const { page, complaints, close } = await openPage(browser, `${origin}/sign-in`);
    const id = await sendTo(page, "S2-0403", press);
    assert.equal(await world.status(id), "queued");
    assert.deepEqual(complaints, []);
    await close();
  });

  await t.test(
    "no page has a barrier, overflows or meets the policy, light and dark, 390 and 1440 px wide, and no page is left out",
    async () => {
      const message = await world.draft("S2-0401", "thanks");
      const pages = everyPage({
        who: "S2-0403",
        message,
        day: yesterday(),
        unsubscribe: "/unsubscribe",
      });
      const looked = Object.values(pages).map(({ route }) => route);
      assert.deepEqual(
        routesOfPages(routes).filter((route) => !looked.includes(route)),
        [],
      );
      const [name = "", value = ""] = (await signInAs(db, "ada", "admin")).split("=");
      const loose = await browser.newContext({ bypassCSP: true });
      const { page: strict, complaints, close } = await openPage(browser, `${origin}/sign-in`);
      const page = await loose.newPage();
      const session = [{ name, value, url: origin }];
      for (const context of [loose, strict.context()]) await context.addCookies(session);
      for (const [label, { path, open }] of Object.entries(pages)) {
        if (open) await loose.clearCookies();
        await page.goto(origin + path);
        await assertClean(page, label, label === "participants");
        if (open) await loose.addCookies(session);
        await strict.goto(origin + path);
      }
      // That an address leads nowhere is the console's to say; anything else is ours.
      assert.deepEqual(
        complaints.filter((each) => !/\b(404|410)\b/.test(each)),
        [],
      );
      await Promise.all([loose.close(), close()]);
    },
  );

  await t.test("no name, no address and no secret stands in any history or log line", async () => {
    const everything = [...lines, await historyTexts(client)].join("\n");
    assert.match(everything, /S2-0403/);
    assert.match(everything, /"outcome":"cancelled"/);
    assert.doesNotMatch(everything, /Kari|home\.example|a long sentence/);
  });
});
