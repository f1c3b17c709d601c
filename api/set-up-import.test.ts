import assert from "node:assert/strict";
import { after, test } from "node:test";
import { createAdaptorServer } from "@hono/node-server";
import { chromium } from "playwright-core";
import { findParticipant } from "../sql/participants.ts";
import { needs } from "../testing/requirements.ts";
import { ours, startPages } from "./set-up-for-tests.ts";

const { database, app, post, settled } = await startPages(new Date("2026-11-25T12:00:00Z"));
after(() => database.stop());
const why = "protocol 1.2";
await post("/set-up/studies", { slug: "pilot", name: "Pilot", why });

const csv = "id,time_zone,enrolled_on\nG-1,Europe/Oslo,2026-11-01\nG-2,Asia/Kolkata,2026-11-02\n";

test("a pasted file is checked first, with every problem; the check changes nothing", async () => {
  const reply = await post("/set-up/import/check", {
    study: "pilot",
    csv: `${csv}G-1,Nowhere,2026-02-30\n`,
  });
  assert.equal(reply.status, 422);
  const page = await reply.text();
  for (const part of [
    "3 problems",
    "G-1 is on line 2 too",
    "“Nowhere” is not a time zone",
    "“2026-02-30” is not a date",
  ])
    assert.ok(page.includes(part), part);
  const good = await (await post("/set-up/import/check", { study: "pilot", csv })).text();
  assert.match(good, /Ready to enrol 2/);
  assert.equal(await findParticipant(database.app, "G-1"), null);
});

test("an uploaded file is read as the pasted one; bytes that are not UTF-8 are refused", async () => {
  const upload = (bytes: string | Buffer<ArrayBuffer>) => {
    const body = new FormData();
    body.set("study", "pilot");
    body.set("file", new File([bytes], "people.csv"));
    return app.request("/set-up/import/check", { method: "POST", headers: ours, body });
  };
  assert.match(await (await upload(csv)).text(), /Ready to enrol 2/);
  const latin = await upload(Buffer.from(`${csv}Ø-1,x,y`, "latin1"));
  assert.equal(latin.status, 422);
  assert.match(await latin.text(), /not UTF-8/);
});

test("applying asks why, enrols everybody at once, and a second time nobody", async () => {
  const noWhy = await post("/set-up/import/apply", { study: "pilot", csv });
  assert.match(await noWhy.text(), /id="apply-why-error"/);
  const to = "/set-up/participants?study=pilot&done=";
  await settled(await post("/set-up/import/apply", { study: "pilot", csv, why }), `${to}enrolled`);
  assert.equal((await findParticipant(database.app, "G-2"))?.timeZone, "Asia/Kolkata");
  await settled(await post("/set-up/import/apply", { study: "pilot", csv, why }), `${to}already`);
  const changed = await post("/set-up/import/apply", {
    study: "pilot",
    csv: csv.replace("11-01", "11-03"),
    why,
  });
  assert.equal(changed.status, 422);
});

test("in a browser without JavaScript a file is chosen, corrected, reviewed and enrolled", async (t) => {
  const executablePath = needs(t, "chromium");
  if (executablePath === null) return;
  const server = createAdaptorServer({ fetch: app.fetch });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  t.after(async () => {
    await browser.close();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  assert.ok(address !== null && typeof address === "object");
  const viewport = { width: 390, height: 844 };
  const page = await browser.newPage({ javaScriptEnabled: false, viewport });
  await page.goto(`http://127.0.0.1:${address.port}/set-up`);
  await page.getByRole("link", { name: /add, import, change/ }).click();
  const text = "id,time_zone,enrolled_on\nB-1,Europe/Olso,2026-11-01\n";
  const file = { name: "people.csv", mimeType: "text/csv", buffer: Buffer.from(text) };
  await page.getByLabel("CSV file").setInputFiles(file);
  await page.getByRole("button", { name: "Check it" }).click();
  assert.equal(await page.locator("h1").textContent(), "Nothing can be imported yet");
  assert.match(String(await page.locator("tbody").textContent()), /line 2[\s\S]*“Europe\/Olso”/);
  await page.getByLabel(/Its text/).fill(text.replace("Olso", "Oslo"));
  await page.getByRole("button", { name: "Check it" }).click();
  await page.getByRole("button", { name: "Enrol 1 participant" }).click();
  assert.match(String(await page.getByRole("alert").textContent()), /Say why/);
  await page.getByLabel("Why").fill("first site visit");
  await page.getByRole("button", { name: "Enrol 1 participant" }).click();
  assert.match(String(await page.getByRole("status").textContent()), /^Enrolled/);
  await page.getByRole("link", { name: "B-1" }).click();
  assert.match(String(await page.locator(".history").first().textContent()), /first site visit/);
  assert.equal(await page.evaluate("document.documentElement.scrollWidth"), 390);
});
