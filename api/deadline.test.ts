import assert from "node:assert/strict";
import { test } from "node:test";
import { createApp } from "./app.ts";
import { ours } from "./set-up-for-tests.ts";

const WITHIN_MS = 50;
const html = { Accept: "text/html" };
const why = "protocol 1.2";

/** The pages on a database that takes every question and answers none. */
function hangingApp(fileWithinMs = WITHIN_MS) {
  const silent = () => undefined;
  return createApp({
    db: { query: () => new Promise(() => undefined) } as never,
    clock: () => new Date("2026-11-25T12:00:00Z"),
    temporalUiUrl: null,
    temporalNamespace: "wearflow",
    embedded: true,
    demo: true,
    pageWithinMs: WITHIN_MS,
    fileWithinMs,
    log: { info: silent, warn: silent, error: silent },
  });
}

test("a page that is not there in its time is the page of a silent database, for htmx its fragment, else problem+json", async () => {
  const app = hangingApp();
  for (const path of ["/", "/participants/S2-0401", "/set-up", "/set-up/participants?study=a"]) {
    const page = await app.request(path, { headers: html });
    assert.equal(page.status, 503, path);
    assert.match(await page.text(), /<html[\s\S]*Cannot reach the database/);
    const fragment = await app.request(path, { headers: { ...html, "HX-Request": "true" } });
    assert.equal(fragment.status, 503, path);
    assert.match(await fragment.text(), /^<p class="banner bad" role="alert">[^<]*<svg/);
    const problem = await app.request(path);
    assert.equal(problem.headers.get("Content-Type"), "application/problem+json");
    assert.equal(JSON.parse(await problem.text()).status, 503);
  }
});

test("of a change that is not done in its time nobody says that it was not made", async () => {
  const app = hangingApp();
  for (const path of ["/set-up/studies", "/set-up/participants/S2-0401/pause"]) {
    const body = new URLSearchParams({ slug: "ab", name: "x", why });
    const reply = await app.request(path, { method: "POST", headers: ours, body });
    assert.equal(reply.status, 504, path);
    const page = await reply.text();
    assert.match(page, /It may have been done, or may still be/);
    assert.doesNotMatch(page, /[Nn]othing was changed/);
  }
});

test("a form whose body never ends is answered in the same time", async () => {
  const endless = new ReadableStream({
    start: (controller) => controller.enqueue(new TextEncoder().encode("slug=a")),
  });
  const headers = { ...ours, "Content-Type": "application/x-www-form-urlencoded" };
  const request = { method: "POST", headers, body: endless, duplex: "half" } as const;
  assert.equal((await hangingApp().request("/set-up/studies", request)).status, 504);
});

test("a file gets a time of its own, and a stream is not cut off by any", async () => {
  const app = hangingApp(20 * WITHIN_MS);
  const body = new URLSearchParams({ study: "pilot", csv: "id" });
  const file = { method: "POST", headers: ours, body };
  const order: string[] = [];
  const note = async (name: string, reply: Response | Promise<Response>) => {
    order.push(`${name} ${(await reply).status}`);
  };
  await Promise.all([
    note("file", app.request("/set-up/import/check", file)),
    note("page", app.request("/")),
  ]);
  assert.deepEqual(order, ["page 503", "file 504"]);
  const stream = (await app.request("/events")).body?.getReader();
  assert.ok(stream);
  assert.match(new TextDecoder().decode((await stream.read()).value), /listening/);
  assert.match(new TextDecoder().decode((await stream.read()).value), /^event: silent/);
  await stream.cancel();
});
