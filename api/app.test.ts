import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { z } from "zod";
import { announceChange } from "../sql/participants.ts";
import { createPool } from "../sql/pool.ts";
import type { TestDatabase } from "../testing/database.ts";
import { testDatabase } from "../testing/database.ts";
import { createApp } from "./app.ts";
import type { AppDeps } from "./deps.ts";
import { fillStudy, people } from "./study-for-tests.ts";

const now = new Date("2026-11-25T12:00:00Z");
const html = { Accept: "text/html" };
let database: TestDatabase;

const Health = z.object({
  status: z.string(),
  activeParticipants: z.number().nullable(),
  lastGoodRunAt: z.string().nullable(),
});

function appWith(deps: Partial<AppDeps> = {}) {
  const silent = () => undefined;
  return createApp({
    db: database.app,
    clock: () => now,
    temporalUiUrl: "http://127.0.0.1:8233",
    temporalNamespace: "wearflow",
    embedded: true,
    demo: true,
    pollMs: 20,
    log: { info: silent, warn: silent, error: silent },
    ...deps,
  });
}

before(async () => {
  database = await testDatabase();
});
after(() => database.stop());

test("a study without participants shows a designed page, not an empty table", async () => {
  const page = await (await appWith().request("/", { headers: html })).text();
  assert.match(page, /No participants yet/);
  assert.doesNotMatch(page, /<table/);
});

test("the list shows everybody, most urgent first, and no cell is empty, undefined or null", async () => {
  await fillStudy(database.app, now);
  const page = await (await appWith().request("/", { headers: html })).text();
  const order = [...page.matchAll(/<tr role="row" id="p-([^"]+)"/g)].map(([, id]) => id);
  assert.deepEqual([...order].sort(), people.map(({ id }) => id).sort());
  assert.deepEqual(order.slice(0, 2), ["S2-0403", "S2-0406"]);
  assert.doesNotMatch(page, /undefined|null|NaN|<td[^>]*>\s*<\/td>/);
});

test("a participant's page shows the days with what each open day waits for", async () => {
  const page = await (await appWith().request("/participants/S2-0403", { headers: html })).text();
  assert.match(page, /waits for the device to sync past the end of the day/);
  assert.equal([...page.matchAll(/<tr role="row" id="d-/g)].length, 14);
  assert.match(page, /WorkflowId%20STARTS_WITH%20%22ingest%2Fsleep-2%2FS2-0403-/);
  assert.doesNotMatch(page, /undefined|null|NaN/);
});

test("every kind of participant has a page that renders", async () => {
  for (const { id } of people) {
    const reply = await appWith().request(`/participants/${id}`, { headers: html });
    assert.equal(reply.status, 200, id);
  }
});

test("an id nobody has and an id nobody can have are the same 404", async () => {
  for (const id of ["S2-9999", "..%2f..%2fetc", "a'b", "x".repeat(31)]) {
    const reply = await appWith().request(`/participants/${id}`, { headers: html });
    assert.equal(reply.status, 404, id);
    assert.match(await reply.text(), /Nothing at this address/);
  }
});

test("htmx gets the fragment of the same address, and caches are told that they differ", async () => {
  const headers = { ...html, "HX-Request": "true" };
  const reply = await appWith().request("/?show=no_sync", { headers });
  assert.match(String(reply.headers.get("Vary")), /HX-Request/);
  const fragment = await reply.text();
  assert.doesNotMatch(fragment, /<html/);
  assert.equal([...fragment.matchAll(/<tr role="row" id="p-/g)].length, 2);
});

test("what is searched for is shown as text, never as markup", async () => {
  const page = await (await appWith().request("/?q=<img src=x>", { headers: html })).text();
  assert.match(page, /&lt;img src=x&gt;/);
  assert.doesNotMatch(page, /<img src=x>/);
});

test("every response, errors, JSON and assets too, carries the strict policy", async () => {
  const page = await (await appWith().request("/", { headers: html })).text();
  const assets = [...page.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, url]) =>
    String(url),
  );
  assert.equal(new Set(assets).size, 3);
  for (const path of [
    "/",
    "/participants/S2-0401",
    "/healthz",
    "/nowhere",
    "/favicon.ico",
    ...assets,
  ]) {
    const { headers } = await appWith().request(path);
    const policy = String(headers.get("Content-Security-Policy"));
    for (const part of ["default-src 'none'", "script-src 'nonce-", "object-src 'none'"]) {
      assert.ok(policy.includes(part), `${path}: ${policy}`);
    }
    assert.match(
      policy,
      /base-uri 'none'.*require-trusted-types-for 'script'; trusted-types htmx$/,
    );
    assert.equal(headers.get("X-Content-Type-Options"), "nosniff");
    assert.match(String(headers.get("Strict-Transport-Security")), /^max-age=31536000/);
  }
});

test("pages are stored by no cache and have a fresh nonce; assets are kept for ever", async () => {
  const app = appWith();
  const [one, two] = [await app.request("/"), await app.request("/")];
  assert.equal(one.headers.get("Cache-Control"), "no-store");
  assert.equal(one.headers.get("ETag"), null);
  const policies = [one, two].map(({ headers }) => headers.get("Content-Security-Policy"));
  assert.notEqual(policies[0], policies[1]);
  const [script] = (await one.text()).match(/\/assets\/app-[0-9a-f]{8}\.js/) ?? [];
  const asset = await app.request(String(script));
  assert.match(String(asset.headers.get("Cache-Control")), /immutable/);
  const bundle = await asset.text();
  assert.ok(
    bundle.includes("hx-nonce") && bundle.includes("hx-sse"),
    "one file holds htmx and both extensions",
  );
  const again = { headers: { "If-None-Match": String(asset.headers.get("ETag")) } };
  assert.equal((await app.request(String(script), again)).status, 304);
});

test("without a session every page is closed and shows nothing of the study; health and assets stay open", async () => {
  const app = appWith({ demo: false });
  for (const path of ["/", "/participants/S2-0401", "/set-up"]) {
    const reply = await app.request(path, { headers: html });
    assert.deepEqual([reply.status, reply.headers.get("Location")?.slice(0, 8)], [303, "/sign-in"]);
    assert.doesNotMatch(await reply.text(), /S2-0401|SLEEP-2/);
  }
  assert.equal((await app.request("/healthz")).status, 200);
  assert.equal((await app.request("/favicon.ico")).status, 200);
});

test("the demo answers only to loopback names, so that a rebound name gets nothing", async () => {
  const app = appWith();
  for (const host of ["evil.example", "127.0.0.1.evil.example:8001", "192.168.0.7:8001"]) {
    const reply = await app.request("http://127.0.0.1:8001/", { headers: { ...html, Host: host } });
    assert.equal(reply.status, 421, host);
    assert.doesNotMatch(await reply.text(), /S2-0401/);
  }
  for (const host of ["localhost:8001", "127.0.0.1:8001", "[::1]:8001"]) {
    const reply = await app.request(`http://${host}/`, { headers: { ...html, Host: host } });
    assert.equal(reply.status, 200, host);
  }
});

test("an address that only shows things names the methods it takes", async () => {
  const post = { method: "POST", headers: { ...html, "Sec-Fetch-Site": "same-origin" } };
  const reply = await appWith().request("/participants/S2-0401", post);
  assert.deepEqual([reply.status, reply.headers.get("Allow")], [405, "GET, HEAD"]);
});

test("an error is a page for a browser, a fragment for htmx and problem+json for the rest", async () => {
  const app = appWith({ db: { query: () => Promise.reject(new Error("secret detail")) } as never });
  const page = await app.request("/", { headers: html });
  const fragment = await app.request("/", { headers: { ...html, "HX-Request": "true" } });
  const problem = await app.request("/");
  assert.deepEqual([page.status, fragment.status, problem.status], [500, 500, 500]);
  const texts = [await page.text(), await fragment.text(), await problem.text()];
  assert.match(String(texts[0]), /<html[\s\S]*Request [0-9a-f-]{36}/);
  assert.match(String(texts[1]), /^<p class="banner bad" role="alert">/);
  assert.equal(problem.headers.get("Content-Type"), "application/problem+json");
  assert.equal(JSON.parse(String(texts[2])).status, 500);
  for (const text of texts) assert.doesNotMatch(text, /secret detail|node_modules|at .*\.ts:/);
});

test("an unreachable database is told as such, never as an empty list", async () => {
  const db = createPool("postgres://nobody@127.0.0.1:1/none", "test");
  const app = appWith({ db });
  for (const path of ["/", "/participants/S2-0401"]) {
    const reply = await app.request(path, { headers: html });
    assert.equal(reply.status, 503);
    const page = await reply.text();
    assert.match(page, /Cannot reach the database/);
    assert.doesNotMatch(page, /No participants yet/);
  }
  const health = await app.request("/healthz");
  assert.equal(health.status, 503);
  assert.equal(Health.parse(await health.json()).status, "database_unreachable");
  await db.end();
});

test("health is 503 and the page says so when no run was complete for 26 h", async () => {
  const fresh = await appWith().request("/healthz");
  assert.equal(fresh.status, 200);
  const { status, activeParticipants, lastGoodRunAt } = Health.parse(await fresh.json());
  assert.deepEqual([status, activeParticipants], ["ok", 10]);
  assert.equal(lastGoodRunAt, "2026-11-25T11:30:00.000Z");
  const late = appWith({ clock: () => new Date(now.getTime() + 27 * 3_600_000) });
  assert.equal((await late.request("/healthz")).status, 503);
  assert.match(
    await (await late.request("/", { headers: html })).text(),
    /What you see is old, by our fault/,
  );
});

test("the event stream tells a change within a poll, and ends when the process stops", async () => {
  const stopping = new AbortController();
  const app = appWith({ stopping: stopping.signal });
  const page = await (await app.request("/", { headers: html })).text();
  const [, url] = page.match(/hx-sse:connect="([^"]+)"/) ?? [];
  const reply = await app.request(String(url));
  assert.match(String(reply.headers.get("Content-Type")), /^text\/event-stream/);
  const reader = reply.body?.pipeThrough(new TextDecoderStream()).getReader();
  assert.ok(reader);
  assert.equal((await reader.read()).value, ": listening\n\n");
  await announceChange(database.app);
  assert.match(String((await reader.read()).value), /^event: moved\ndata: \d+\nid: \d+\n\n$/);
  stopping.abort();
  assert.equal((await reader.read()).done, true);
});

test("asking for the stream's headers only takes no seat", async () => {
  const reply = await appWith().request("/events", { method: "HEAD" });
  assert.equal(reply.status, 200);
  assert.equal(await reply.text(), "");
});

test("where Grafana's address is known, every page and a participant's lead there; else neither does", async () => {
  const read = async (grafanaUrl?: string) =>
    (await appWith({ grafanaUrl }).request("/participants/S2-0403", { headers: html })).text();
  const page = await read("http://grafana.test");
  assert.match(page, /"http:\/\/grafana\.test\/d\/wearflow-adherence"/);
  assert.match(page, /wearflow-participant\?var-participant=S2-0403&amp;var-study=sleep-2"/);
  assert.doesNotMatch(await read(), /Grafana|Dashboards/);
});
