import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { startContactPages, WHO } from "../api/contact-pages-for-tests.ts";
import { ours } from "../api/set-up-for-tests.ts";
import { pickPeople } from "../sql/campaign-turns.ts";
import { assertClean, launchBrowser, serve } from "../testing/browser.ts";
import type { PageToLookAt } from "../testing/every-page.ts";
import { everyPage } from "../testing/every-page.ts";
import { whereIs } from "../testing/requirements.ts";
import { signInAs } from "../testing/staff.ts";

/**
 * npm run screens: every page of the coordinators' workspace as a picture in docs/screens, light 1440 and 390 px wide and dark, of a
 * study of made-up people; each must have no barrier (axe), overflow nowhere and break no policy.
 */
const executablePath = whereIs("chromium");
if (executablePath === null) throw new Error("This machine has no Chromium");
const folder = fileURLToPath(new URL("../docs/screens/", import.meta.url));
await mkdir(folder, { recursive: true });

const desk = await startContactPages({ demo: false });
const { db } = desk.world.deps;
const cookie = await signInAs(db, "ada", "admin");
const post = (path: string, values: Record<string, string>) =>
  desk.app.request(path, {
    method: "POST",
    headers: { ...ours, Cookie: cookie },
    body: new URLSearchParams({ why: "protocol 1.2", ...values }),
  });
const draft = async (who: string, template: string) =>
  String(
    (await post(`/participants/${who}/write`, { template, paragraph: "" })).headers.get("Location"),
  );

/** Something to see on every page: a message under way, one that went, one nobody knows of, a pause and a withdrawal. */
const waiting = await draft(WHO, "inactive");
await post(`${waiting}/send`, {});
for (const [who, status] of [
  ["S2-0402", "delivered"],
  ["S2-0405", "unknown"],
] as const) {
  const path = await draft(who, "thanks");
  await post(`${path}/send`, {});
  await db.query(
    "update study.message set status = $2::text, sent_at = now() where id = $1::uuid",
    [path.split("/").at(-1), status],
  );
}
await post("/participants/S2-0412/participation/pause", {});
await post("/participants/S2-0401/participation/withdraw", { sure: "S2-0401", data: "keep" });
await post("/consents/campaigns/sleep-2", {});
await pickPeople(db, { study: "sleep-2", campaign: 1 }, "google-health");
await db.query(
  `update study.connection set grant_expires_at = now() + interval '5 days 3 hours'
   where participant_id = (select id from study.participant where short_id = $1::text)`,
  [WHO],
);
const text = await (
  await desk.app.request(`${waiting}/body?as=text`, { headers: { Cookie: cookie } })
).text();
const unsubscribe = /\/unsubscribe\?\S+/.exec(text)?.[0] ?? "/unsubscribe";
const { rows } = await db.query<{ day: string }>(
  "select max(day) as day from study.ledger where wear_minutes > 600",
);

const pages: Readonly<Record<string, PageToLookAt>> = {
  ...everyPage({
    who: WHO,
    message: waiting.split("/").at(-1) ?? "",
    day: rows[0]?.day ?? "",
    unsubscribe,
  }),
  "participant-withdrawn": { route: "/participants/:id", path: "/participants/S2-0401" },
};

const site = await serve(desk.app);
const browser = await launchBrowser(executablePath);
try {
  const [name = "", value = ""] = cookie.split("=");
  const strict = await browser.newContext();
  const loose = await browser.newContext({ bypassCSP: true });
  const session = [{ name, value, url: site.origin }];
  for (const [label, { path, open }] of Object.entries(pages)) {
    for (const context of [strict, loose])
      await (open ? context.clearCookies() : context.addCookies(session));
    await shoot(await strict.newPage(), label, path);
    const page = await loose.newPage();
    await page.goto(site.origin + path);
    await assertClean(page, path);
    await page.close();
    console.log(`${label}: ${path}`);
  }
} finally {
  await browser.close();
  await site.stop();
  await desk.world.stop();
}

async function shoot(page: Page, label: string, path: string): Promise<void> {
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" && !/\b(404|410)\b/.test(message.text()))
      complaints.push(message.text());
  });
  for (const { width, colorScheme, file } of [
    { width: 1440, colorScheme: "light", file: `${label}-1440.png` },
    { width: 390, colorScheme: "light", file: `${label}-390.png` },
    { width: 1440, colorScheme: "dark", file: `${label}-dark.jpg` },
  ] as const) {
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme });
    await page.goto(site.origin + path);
    // What a frame below the fold shows is painted once somebody has scrolled there.
    for (const frame of await page.locator("iframe").all()) await frame.scrollIntoViewIfNeeded();
    const quality = file.endsWith(".jpg") ? { quality: 60 } : {};
    await page.screenshot({ path: folder + file, fullPage: true, ...quality });
  }
  await page.close();
  if (complaints.length > 0) throw new Error(`${path}: ${complaints.join("; ")}`);
}
