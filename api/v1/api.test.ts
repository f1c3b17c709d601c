import assert from "node:assert/strict";
import { test } from "node:test";
import { Validator } from "@seriousme/openapi-schema-validator";
import { z } from "zod";
import { createToken } from "../../auth/secret-token.ts";
import { makeApiToken, revokeApiToken } from "../../sql/api-tokens.ts";
import { createContactCipher } from "../../sql/contact-cipher.ts";
import { saveContact } from "../../sql/contacts.ts";
import { findParticipant } from "../../sql/participants.ts";
import { setDisabled } from "../../sql/staff.ts";
import { signInAs } from "../../testing/staff.ts";
import { ours } from "../set-up-for-tests.ts";
import * as schemas from "./schemas.ts";
import { pageOf, RANGE, startApi } from "./site-for-tests.ts";

const because = { by: "a test", why: "to test" };
const { database, app, started, researcher, coordinator, get, read } = await startApi();

test("the document is OpenAPI 3.1, describes every route there is, and needs no host but ours to be read", async () => {
  const document = JSON.parse(await (await get("/openapi.json", {})).text());
  const judged = await new Validator().validate(structuredClone(document));
  assert.deepEqual(judged.errors ?? [], []);
  assert.equal(document.openapi, "3.1.0");
  const described = Object.entries(document.paths as Record<string, object>).flatMap(
    ([path, methods]) =>
      Object.keys(methods).map(
        (method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ":$1")}`,
      ),
  );
  const there = app.routes
    .filter(({ method, path }) => method !== "ALL" && path.startsWith("/api/v1/"))
    .map(({ method, path }) => `${method} ${path}`)
    .filter((route) => !/openapi\.json$|docs$/.test(route));
  assert.deepEqual(described.sort(), [...new Set(there)].sort());
  const operations = Object.values(
    document.paths as Record<string, Record<string, { operationId: string }>>,
  )
    .flatMap((methods) => Object.values(methods))
    .map(({ operationId }) => operationId);
  assert.ok(operations.every((name) => /^[a-z][A-Za-z]+$/.test(name)));
  assert.equal(new Set(operations).size, operations.length);
  const page = await (await get("/docs", { Accept: "text/html" })).text();
  assert.doesNotMatch(page, /(src|href)="(https?:)?\/\//);
  assert.match(page, /GET \/api\/v1\/participants\/\{id\}\/samples/);
  assert.doesNotMatch(page, /undefined|\[object/);
});

test("studies, metrics, participants and devices are as their schemas say", async () => {
  const list = z.strictObject({ items: z.array(schemas.Study) });
  const { items } = await read("/studies", list);
  assert.deepEqual(
    items.map(({ study, participants }) => [study, participants]),
    [
      ["sleep-2", 13],
      ["test", 2],
    ],
  );
  await read("/metrics", z.strictObject({ items: z.array(schemas.Metric) }));
  const person = await read("/participants/S2-0403", schemas.Person);
  assert.equal(person.site, "Oslo");
  const devices = z.strictObject({ items: z.array(schemas.Device) });
  assert.equal((await read("/participants/S2-0403/devices", devices)).items[0]?.battery_percent, 9);
});

const token = async (name: string, scopes: readonly ("read" | "run")[], login = "rita") => {
  const { token: secret, tokenHash } = createToken();
  await makeApiToken(database.app, { login, name, scopes, days: 1, tokenHash }, because);
  return { Authorization: `Bearer wf_${secret}` };
};

const post = (path: string, headers: Record<string, string>) =>
  app.request(`/api/v1${path}`, { method: "POST", headers });

test("a token reads as its member of staff and starts only with the scope, and it dies in every way it should", async () => {
  const reading = await token("r", ["read"]);
  assert.equal((await get("/studies", reading)).status, 200);
  const impute = "/participants/D-UTC/imputation?since=2026-11-02";
  assert.equal((await post(impute, reading)).status, 403);
  const running = await token("notebook", ["run"]);
  assert.equal((await get("/studies", running)).status, 403);
  assert.equal((await post(impute, running)).status, 202);
  assert.deepEqual(started.splice(0), ["impute D-UTC 2026-11-02"]);
  const { rows } = await database.app.query(
    "select actor from audit.entry where action = 'imputation.start'",
  );
  assert.deepEqual(rows, [{ actor: "rita by token notebook" }]);
  // Researchers have nothing fetched, whatever the scope.
  assert.equal((await post("/participants/D-UTC/fetch", running)).status, 403);
  // A token that is not good is nobody, also beside a good session; on the pages it counts for nothing.
  const bad = { Authorization: `Bearer wf_${"x".repeat(43)}`, ...researcher };
  assert.equal((await get("/studies", bad)).status, 401);
  assert.equal((await app.request("/", { headers: reading })).status, 401);
  await revokeApiToken(database.app, { login: "rita", name: "r" }, because);
  assert.equal((await get("/studies", reading)).status, 401);
  await database.app.query(
    "update pii.api_token set made_at = now() - interval '2 days', expires_at = now()",
  );
  assert.equal((await post(impute, running)).status, 401);
  const ops = await signInAs(database.app, "omar", "ops");
  const fetching = await token("cron", ["run"], "omar");
  assert.equal((await post("/participants/D-UTC/fetch", fetching)).status, 202);
  assert.equal((await post("/participants/D-UTC/fetch", { ...ours, Cookie: ops })).status, 202);
  assert.equal((await post("/participants/D-UTC/fetch", { Cookie: ops })).status, 403);
  await setDisabled(database.app, { login: "omar", disabled: true }, because);
  assert.equal((await post("/participants/D-UTC/fetch", fetching)).status, 401);
});

test("to who is bound to a site, participants of others are not there", async () => {
  const people = await read("/participants", pageOf(schemas.Person), coordinator);
  assert.ok(people.items.length > 5);
  assert.ok(people.items.every(({ site, study }) => site === "Oslo" && study === "sleep-2"));
  for (const path of [
    "",
    "/days",
    "/devices",
    "/sleep",
    `/gaps?${RANGE}`,
    `/samples?metric=heart_rate&${RANGE}`,
  ]) {
    assert.equal((await get(`/participants/S2-0405${path}`, coordinator)).status, 404, path);
  }
  const { items } = await read(
    "/studies",
    z.strictObject({ items: z.array(schemas.Study) }),
    coordinator,
  );
  assert.deepEqual(
    items.map(({ study, sites }) => [study, sites]),
    [["sleep-2", ["Oslo"]]],
  );
});

test("no answer of the API holds a name, an address or a token, also where they are stored", async () => {
  const person = await findParticipant(database.app, "D-UTC");
  assert.ok(person);
  const contacts = { db: database.app, cipher: createContactCipher("ab".repeat(32)) };
  const card = {
    name: "Zebedee Quux",
    email: "zebedee@quux.example",
    language: "en",
    emailConsent: true,
  };
  await saveContact(contacts, person, card, because);
  const paths = [
    "/studies",
    "/participants",
    "/participants/D-UTC",
    "/participants/D-UTC/devices",
    "/participants/D-UTC/days",
    "/participants/D-UTC/imputation-runs",
    `/participants/D-UTC/samples?metric=heart_rate&${RANGE}`,
    "/studies/test/days?format=ndjson",
  ];
  for (const path of paths) {
    const text = await (await get(path)).text();
    assert.match(text, /items|D-UTC/, path);
    assert.doesNotMatch(text, /zebedee|quux|provider-|ciphertext|email/i, path);
  }
});

/** What people and machines write into addresses. */
const hostile = [
  "'",
  "1;drop table study.sample",
  "%00",
  "x".repeat(3000),
  "-1",
  "1e9",
  "0000-01-01",
  "9999-99-99T00:00:00Z",
  "<script>",
  "%F0%9F%98%80",
  "%ED%A0%80",
  "null",
  "{}",
  "W10",
  "",
];
const queries: Readonly<Record<string, readonly string[]>> = {
  "/participants?": ["study", "site", "arm", "state", "limit", "cursor"],
  "/participants/D-UTC/days?": ["from", "to", "limit", "cursor"],
  "/participants/D-UTC/daily-values?": ["metric"],
  "/participants/D-UTC/daily-values?metric=daily_steps&": ["from", "to", "cursor"],
  "/participants/D-UTC/imputation-runs?": ["from", "state", "cursor"],
  "/studies/test/days?": ["from", "to", "format"],
  [`/participants/D-UTC/gaps?${RANGE}&`]: ["cursor", "limit"],
  [`/participants/D-UTC/samples?metric=heart_rate&${RANGE}&`]: [
    "resolution",
    "values",
    "limit",
    "cursor",
    "format",
  ],
  "/participants/D-UTC/samples?metric=heart_rate&from=2026-11-01T00:00:00Z&": ["to"],
  [`/participants/D-UTC/samples?${RANGE}&`]: ["metric"],
};

async function isAnsweredInWords(address: string): Promise<void> {
  const reply = await get(address);
  assert.ok([200, 404, 422].includes(reply.status), `${address} ${reply.status}`);
  if (reply.status === 200) return reply.body?.cancel();
  assert.equal(reply.headers.get("Content-Type"), "application/problem+json");
  schemas.Problem.parse(await reply.json());
}

test("T18: whatever one parameter holds, the answer is a problem in words or what was asked, and never an error of ours", async () => {
  const addresses = Object.entries(queries).flatMap(([path, names]) =>
    names.flatMap((name) => hostile.map((text) => `${path}${name}=${text}`)),
  );
  const ids = hostile.filter((text) => text !== "").map((text) => `/participants/${text}`);
  assert.ok(addresses.length > 300);
  for (const address of [...addresses, ...ids]) await isAnsweredInWords(address);
  const { rows } = await database.app.query("select count(*)::int as n from study.sample");
  assert.ok(rows[0].n > 10_000);
});

test("what is wrong is told field by field; an address, a method and nobody are told apart", async () => {
  const backward = await get(
    "/participants/D-UTC/samples?metric=heart_rate&from=2026-11-02T00:00:00Z&to=2026-11-01T00:00:00Z",
  );
  assert.deepEqual(schemas.Problem.parse(await backward.json()).errors, [
    { in: "query", field: "to", message: "must be after from" },
  ]);
  const wrongWay = await app.request("/api/v1/studies", { method: "DELETE", headers: ours });
  assert.equal(wrongWay.status, 405);
  assert.match(wrongWay.headers.get("Allow") ?? "", /GET/);
  assert.equal((await get("/nowhere")).status, 404);
  assert.equal((await get("/studies/nowhere/days")).status, 404);
  assert.equal((await get("/studies/test/days", coordinator)).status, 404);
  const nobody = await get("/studies", {});
  assert.equal(nobody.status, 401);
  assert.match(nobody.headers.get("WWW-Authenticate") ?? "", /^Bearer/);
});
