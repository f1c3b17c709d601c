import assert from "node:assert/strict";
import type { TestDatabase } from "../testing/database.ts";
import { testDatabase } from "../testing/database.ts";
import { createApp } from "./app.ts";

type App = ReturnType<typeof createApp>;

/** The headers of a form that one of our own pages posts. */
export const ours = { Accept: "text/html", "Sec-Fetch-Site": "same-origin" };

/** The pages on a database of their own, and what a browser would do with them. */
export async function startPages(now: Date) {
  const database = await testDatabase();
  const app = pagesOf(database, now, true);
  const get = (path: string) => app.request(path, { headers: { Accept: "text/html" } });
  return {
    database,
    app,
    get,
    post: (path: string, values: Record<string, string>, headers: Record<string, string> = ours) =>
      app.request(path, { method: "POST", headers, body: new URLSearchParams(values) }),
    /** Asserts that a form was taken and that the page it leads to says so. */
    async settled(reply: Response, to: string) {
      assert.equal(reply.status, 303, await reply.clone().text());
      assert.equal(reply.headers.get("Location"), to);
      const page = await get(to);
      assert.equal(page.status, 200);
      assert.match(await page.text(), /role="status"/);
    },
  };
}

/** What the settings form of a study's page would send unchanged. */
export function settingTexts(page: string): Record<string, string> {
  const fields = page.matchAll(
    /<input id="settings-[^"]*" name="([^"]+)" type="text" value="([^"]*)"/g,
  );
  const texts = Object.fromEntries([...fields].map(([, name, value]) => [name, value ?? ""]));
  return { ...texts, "imputation.enabled": "yes", "imputation.acrossNonWear": "no" };
}

/** The app; without `demo` nobody is signed in. */
export function pagesOf({ app: db }: TestDatabase, now: Date, demo: boolean): App {
  const silent = () => undefined;
  return createApp({
    db,
    clock: () => now,
    temporalUiUrl: null,
    temporalNamespace: "wearflow",
    embedded: true,
    demo,
    log: { info: silent, warn: silent, error: silent },
  });
}
