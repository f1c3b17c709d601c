import assert from "node:assert/strict";
import { after, test } from "node:test";
import { createApp } from "./app.ts";
import { ours, startPages } from "./set-up-for-tests.ts";
import { fillStudy } from "./study-for-tests.ts";

const now = new Date("2026-11-25T12:00:00Z");
const { database, app, get, post } = await startPages(now);
await fillStudy(database.app, now);
after(() => database.stop());

const why = "protocol 1.2";

test("an address with NUL in it leads nowhere, wherever it stands", async () => {
  const paths = [
    "/participants/S2-0401%00",
    "/set-up/studies/%00",
    "/set-up/participants/%00",
    "/set-up/participants?study=%00",
    "/?q=%00",
  ];
  for (const path of paths) {
    const reply = await get(path);
    assert.equal(reply.status, 404, path);
    assert.match(await reply.text(), /Nothing at this address/);
  }
});

test("a form with NUL in a field, its name or its text, is refused in words and changes nothing", async () => {
  for (const values of [
    { slug: "a\0b", name: "x", why },
    { slug: "ab", name: "x", why: "\0" },
    { slug: "ab", name: "x", why, "x\0": "y" },
  ]) {
    const reply = await post("/set-up/studies", values);
    assert.equal(reply.status, 400);
    assert.match(await reply.text(), /What was sent cannot be read/);
  }
  assert.equal((await get("/set-up/studies/ab")).status, 404);
});

test("a body that breaks off or is no form at all is refused in words", async () => {
  const broken = '--x\r\nContent-Disposition: form-data; name="slug"\r\n\r\nhalf';
  const headers = { ...ours, "Content-Type": "multipart/form-data; boundary=x" };
  const reply = await app.request("/set-up/studies", { method: "POST", headers, body: broken });
  assert.equal(reply.status, 400);
});

test("half of a character, an endless word and markup are a text like any other", async () => {
  for (const name of ["\ud800", "x".repeat(20_000), "<script>"]) {
    const reply = await post("/set-up/studies", { slug: "Not a slug", name, why });
    assert.equal(reply.status, 422);
    assert.doesNotMatch(await reply.text(), /<script>(?!<)[^<]*<\/script><\/td>/);
    assert.equal((await get(`/?q=${encodeURIComponent(name.toWellFormed())}`)).status, 200);
  }
});

test("a page that is not there in its time is the page of a silent database, for a browser and for htmx", async () => {
  const silent = () => undefined;
  const hanging = createApp({
    db: { query: () => new Promise(() => undefined) } as never,
    clock: () => now,
    temporalUiUrl: null,
    temporalNamespace: "wearflow",
    embedded: true,
    demo: true,
    pageWithinMs: 50,
    log: { info: silent, warn: silent, error: silent },
  });
  for (const path of ["/", "/participants/S2-0401", "/set-up", "/set-up/participants?study=a"]) {
    const reply = await hanging.request(path, { headers: { Accept: "text/html" } });
    assert.equal(reply.status, 503, path);
    assert.match(await reply.text(), /Cannot reach the database/);
  }
});

test("another site, also one of the same domain, may link to a page but not fetch it", async () => {
  for (const site of ["cross-site", "same-site"]) {
    const from = (mode: string) => ({
      headers: { "Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode },
    });
    assert.equal((await app.request("/", from("no-cors"))).status, 403, site);
    assert.equal((await app.request("/", from("navigate"))).status, 200, site);
  }
});
