import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { after, test } from "node:test";
import { createApp } from "../../api/app.ts";
import { readConfig } from "../../config.ts";
import { connectParticipant } from "../../consent/connect.ts";
import { googleOf, webhooksOf } from "../../consent/google.ts";
import { scopes } from "../../simulator/oauth/scopes.ts";
import { demoServiceToken, productVariables } from "../../simulator/product-variables.ts";
import { createTokenCipher } from "../../sql/token-cipher.ts";
import { serve } from "../../testing/browser.ts";
import { testDatabase } from "../../testing/database.ts";
import { enrol } from "../../testing/people.ts";
import { testSimulator } from "../../testing/simulator.ts";
import { checkSource } from "./check-source.ts";

const clock = () => new Date();
const [database, upstream] = await Promise.all([
  testDatabase(),
  testSimulator({ seed: 7, participants: 2 }),
]);
const TOKEN_KEY = "ab".repeat(32);
const config = readConfig({ ...productVariables(upstream.url), TOKEN_KEY });
const google = googleOf(config, clock, { minimumGapMs: 0 });
const webhooks = webhooksOf(config, clock);
assert.ok(google && webhooks);
const silent = () => undefined;
const app = createApp({
  db: database.app,
  clock,
  temporalUiUrl: null,
  temporalNamespace: "wearflow",
  embedded: true,
  demo: false,
  webhooks,
  log: { info: silent, warn: silent, error: silent },
});
const site = await serve(app);
after(async () => {
  await site.stop();
  await Promise.all([database.stop(), upstream.stop()]);
});

const env = { ...productVariables(upstream.url), TOKEN_KEY, PUBLIC_URL: site.origin };
type Options = Readonly<{ args?: string[]; also?: Record<string, string> }>;
/** Connects the simulator's n-th person, who ticks these scopes or all. */
async function connect(index: number, ticked?: readonly string[]): Promise<void> {
  const entry = upstream.simulator.roster[index];
  assert.ok(entry && google);
  const id = await enrol(database.app, entry.participant, { timeZone: entry.timeZone });
  const redirectUri = "http://127.0.0.1/consent/callback";
  if (ticked) upstream.simulator.faults.set({ kind: "scopeSubset", scopes: [...ticked] });
  const url = google.authorizer.consentUrl({
    redirectUri,
    state: "s",
    scopes: Object.values(scopes).slice(0, 4),
    codeChallenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
  });
  const back = await fetch(`${url}&login_hint=${entry.participant}`, { redirect: "manual" });
  const code = new URL(back.headers.get("location") ?? "").searchParams.get("code") ?? "";
  const codeVerifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
  const deps = { ...google, db: database.app, cipher: createTokenCipher(TOKEN_KEY) };
  await connectParticipant(deps, id, { code, redirectUri, codeVerifier });
}

/** Prints what is said before it fails. */
async function said(t: TestContext, options: Options = {}): Promise<string> {
  const lines: string[] = [];
  const { mock } = t.mock.method(console, "log", (line: string) => void lines.push(line));
  const installation = {
    config: readConfig({ ...env, ...options.also }),
    db: database.app,
    owner: database.owner,
    actor: "command:ola",
    temporal: () => Promise.reject(new Error("no Temporal here")),
    close: () => Promise.resolve(),
  };
  const end = await checkSource.run(options.args ?? [], installation).catch(String);
  mock.restore();
  return [...lines, end].join("\n");
}

test("a project that works is said to, step by step, with what only a consented account can tell", async (t) => {
  assert.match(
    await said(t),
    /ok {4}client: [\s\S]*ok {4}redirect: [\s\S]*\? {5}account: nobody is connected yet/,
  );
  await connect(0);
  const words = await said(t);
  assert.match(words, /ok {4}account: the grant of \S+ can be used/);
  assert.match(words, /ok {4}API: answers: 1 devices, \S+\/\S+/);
  assert.match(words, /ok {4}scopes: all four[\s\S]*ok {4}limits: [\s\S]*1 are connected/);
  assert.match(words, /ok {4}webhook: \S+ knows the secret and refuses strangers/);
  // The only thing wrong with a test: it is this machine alone.
  assert.match(words, /WRONG address: [\s\S]*1 of \d+ are not as they must be/);
});

test("a wrong secret, an API that is not enabled and a permission left out are each told with where to mend them", async (t) => {
  assert.match(
    await said(t, { also: { GOOGLE_CLIENT_SECRET: "another" } }),
    /WRONG client: .*invalid_client.*Web application/,
  );
  assert.match(
    await said(t, { also: { GOOGLE_CLIENT_ID: "another" } }),
    /WRONG redirect: Google does not know this client/,
  );
  upstream.simulator.faults.set({ kind: "serviceDisabled", path: "identity" });
  assert.match(await said(t), /WRONG API: .*SERVICE_DISABLED.*Enable the Google Health API/);
  await connect(1, [scopes.health, scopes.settings]);
  assert.match(await said(t), /WRONG scopes: not granted: activity, sleep\./);
});

test("a grant that ends by itself is told as an app in testing", async (t) => {
  const first = upstream.simulator.roster[0]?.participant ?? "";
  const { rows } = await database.app.query<{ id: number }>(
    "select id from study.participant where short_id = $1::text",
    [first],
  );
  const id = rows[0]?.id ?? 0;
  const cipher = createTokenCipher(TOKEN_KEY);
  const stored = await database.app.query<{ keyId: string; ciphertext: Buffer }>(
    `select token_key_id as "keyId", token_ciphertext as ciphertext from study.connection where participant_id = $1::int`,
    [id],
  );
  assert.ok(stored.rows[0]);
  const grant = cipher.open(stored.rows[0], id);
  const ending = cipher.seal({ ...grant, grantExpiresAt: new Date("2027-01-02T00:00:00Z") }, id);
  await database.app.query(
    "update study.connection set token_ciphertext = $2::bytea where participant_id = $1::int",
    [id, ending.ciphertext],
  );
  assert.match(
    await said(t, { args: ["--participant", first] }),
    /WRONG limits: this grant ends by itself on 2027-01-02: the app is in testing/,
  );
});

test("subscribing is done and checked with a service account's token, and refused in words without a right one", async (t) => {
  const project = ["--project", "42"];
  const token = { GOOGLE_CLOUD_TOKEN: demoServiceToken };
  assert.match(
    await said(t, { args: project, also: token }),
    /WRONG subscriber: none for this address/,
  );
  assert.match(
    await said(t, { args: [...project, "--subscribe"], also: token }),
    /ok {4}subscriber: notifies this address/,
  );
  assert.match(
    await said(t, { args: project, also: { GOOGLE_CLOUD_TOKEN: "stale" } }),
    /WRONG subscriber: Google answers 401/,
  );
  const other = { ...token, GOOGLE_WEBHOOK_SECRET: "Bearer not the one of the pages" };
  assert.match(
    await said(t, { args: [...project, "--subscribe"], also: other }),
    /WRONG webhook: .*answers 401 with the secret[\s\S]*WRONG subscriber: Google refuses: status 400: Endpoint verification failed/,
  );
});
