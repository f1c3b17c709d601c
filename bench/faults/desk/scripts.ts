import type { Browser, Page } from "playwright-core";
import { saveContact } from "../../../sql/contacts.ts";
import { findParticipant } from "../../../sql/participants.ts";
import { launchBrowser, serve } from "../../../testing/browser.ts";
import { because } from "../../../testing/contact-world.ts";
import { whereIs } from "../../../testing/requirements.ts";
import type { FaultTest } from "../finding.ts";
import { figureOf } from "../finding.ts";
import type { Desk } from "./desk.ts";
import { clearMessages, WHO } from "./desk.ts";

const SCRIPTS = [
  "<script>alert(1)</script>",
  "<img src=/evil onerror=alert(1)>",
  '"><svg onload=alert(1)>',
  "'><iframe src=javascript:alert(1)>",
  "<a hx-get=/evil hx-trigger=load>x</a>",
  '<div hx-get="/evil" hx-trigger="load" hx-swap="outerHTML"></div>',
  "javascript:alert(1)",
  "{{constructor.constructor('alert(1)')()}}",
  "<%= process.exit() %>",
  "</title><meta http-equiv=refresh content=0;url=/evil>",
  "</textarea><script>alert(1)</script>",
  "<form action=/evil><button autofocus>",
];

/** T19: scripts where a name, a study, a site, a reason, a paragraph or a search should be. */
export const scriptsInjected: FaultTest<Desk> = {
  id: "T19",
  promise:
    "scripts and htmx attributes in names, studies, sites, reasons, paragraphs and searches, in a real browser: nothing runs, nothing is asked for, no policy has to stop it",
  async run(desk) {
    const executablePath = whereIs("chromium");
    if (executablePath === null) return { passed: false, figure: "this machine has no Chromium" };
    await clearMessages(desk);
    const site = await serve(desk.app);
    const browser = await launchBrowser(executablePath);
    try {
      const seen = { pages: 0, dialogs: 0, asked: 0, stopped_by_policy: 0 };
      for (const script of SCRIPTS) {
        const paths = await plant(desk, script);
        await visitAll(
          browser,
          paths.map((path) => site.origin + path),
          seen,
        );
      }
      return {
        passed: seen.dialogs + seen.asked + seen.stopped_by_policy === 0 && seen.pages > 80,
        figure: figureOf({ scripts: SCRIPTS.length, ...seen }),
      };
    } finally {
      await browser.close();
      await site.stop();
      await desk.world.deps.db.query("update study.study set name = 'SLEEP-2 trial'");
    }
  },
};

/** Puts it wherever words are kept; answers the pages that show them. */
async function plant(desk: Desk, script: string): Promise<string[]> {
  const { db, cipher } = desk.world.deps;
  const person = await findParticipant(db, WHO);
  if (person === null) throw new Error(`There is no ${WHO}`);
  const card = { name: script, email: "kari@home.example", language: "en", emailConsent: true };
  await saveContact({ db, cipher }, person, card, { ...because, why: script });
  await db.query("update study.study set name = $1::text", [script]);
  await db.query("update study.site set name = $1::text where name like 'Oslo%'", [
    `Oslo ${script}`,
  ]);
  await db.query(
    "update study.connection set status_reason = $1::text where participant_id = $2::int",
    [script, person.id],
  );
  await desk.post(`/participants/${WHO}/participation/pause`, { why: script });
  await desk.post(`/participants/${WHO}/participation/resume`, { why: script });
  const draft = await desk.draft("I am {{first_name}}.");
  const search = encodeURIComponent(script);
  return [
    "/",
    `/?q=${search}&sort=${search}`,
    `/participants/${WHO}`,
    `/participants/${WHO}/contact`,
    `/participants/${WHO}/write`,
    draft,
    "/set-up",
    `/set-up/participants/${WHO}`,
  ];
}

type Seen = { pages: number; dialogs: number; asked: number; stopped_by_policy: number };

async function visitAll(browser: Browser, urls: readonly string[], seen: Seen): Promise<void> {
  const page = await browser.newPage();
  watch(page, seen);
  for (const url of urls) {
    await page.goto(url);
    await page.waitForTimeout(50);
    seen.pages += 1;
  }
  await page.close();
}

function watch(page: Page, seen: Seen): void {
  page.on("dialog", async (dialog) => {
    seen.dialogs += 1;
    await dialog.dismiss();
  });
  page.on("request", (request) => {
    if (new URL(request.url()).pathname === "/evil") seen.asked += 1;
  });
  page.on("console", (message) => {
    if (/content security policy/i.test(message.text())) seen.stopped_by_policy += 1;
  });
}
