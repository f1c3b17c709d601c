import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createAdaptorServer } from "@hono/node-server";
import type { Hono } from "hono";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { chromium } from "playwright-core";
import type { AppEnv } from "../api/deps.ts";

const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const AXE = readFileSync(fileURLToPath(import.meta.resolve("axe-core/axe.min.js")), "utf8");

/**
 * A page in a browser of its own that collects everything the console would show in red, policy violations and refused
 * requests too.
 */
export async function openPage(browser: Browser, url: string, options: BrowserContextOptions = {}) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("response", (reply) => {
    if (reply.status() >= 400) complaints.push(`${reply.status()} ${reply.url()}`);
  });
  await page.goto(url);
  return { page, complaints, close: () => context.close() };
}

/** What axe finds wrong with an open page by WCAG 2.2 A and AA and best practice; the page needs `bypassCSP`. */
async function findBarriers(page: Page, what: "all" | "colours"): Promise<string[]> {
  // Half a megabyte: sent once a page.
  if ((await page.evaluate("Boolean(window.axe)")) !== true) await page.evaluate(`{ ${AXE} }`);
  const runOnly = what === "all" ? RULES : ["color-contrast"];
  return page.evaluate(`axe.run({ runOnly: ${JSON.stringify(runOnly)}, resultTypes: ["violations"] })
    .then(({ violations }) => violations.map(({ id, nodes }) => id + ": " + nodes.map(({ html }) => html).join(" ")))`);
}

const LOOKS = [390, 1440].flatMap((width) =>
  (["light", "dark"] as const).map((colorScheme) => ({ width, colorScheme })),
);

/**
 * Asserts that an open page neither overflows nor has a barrier, light and dark, 390 and 1440 px wide; where there are
 * many pages, every rule at one width and colours at both will do.
 */
export async function assertClean(
  page: Page,
  what: string,
  rulesAtBothWidths = true,
): Promise<void> {
  for (const { width, colorScheme } of LOOKS) {
    const label = `${what} ${width} ${colorScheme}`;
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme });
    assert.equal(await page.evaluate("document.documentElement.scrollWidth"), width, label);
    // Of all rules only the one about contrast depends on the colours.
    const isWide = width === 1440 || rulesAtBothWidths;
    const rules = colorScheme === "light" && isWide ? "all" : "colours";
    assert.deepEqual(await findBarriers(page, rules), [], label);
  }
}

/** Serves an app on a free loopback port. */
export async function serve(app: Pick<Hono<AppEnv>, "fetch">) {
  const server = createAdaptorServer({ fetch: app.fetch });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  assert.ok(address !== null && typeof address === "object");
  return {
    origin: `http://127.0.0.1:${address.port}`,
    async stop() {
      if ("closeAllConnections" in server) server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export const launchBrowser = (executablePath: string): Promise<Browser> =>
  chromium.launch({ executablePath, args: ["--no-sandbox"] });

/**
 * Waits until an expression holds on a page, asking anew each time. Playwright's own `waitForFunction` evaluates text
 * inside the page from its second look on, which our content security policy forbids: it fails where the first look
 * comes too early.
 */
export async function untilTrue(page: Page, expression: string): Promise<void> {
  for (let look = 0; look < 200; look += 1) {
    if ((await page.evaluate(expression)) === true) return;
    await page.waitForTimeout(50);
  }
  throw new Error(`Not true within 10 s: ${expression}`);
}
