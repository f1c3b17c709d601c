import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { createAdaptorServer } from "@hono/node-server";
import { readConfig } from "../config.ts";
import { findStaff } from "../sql/staff.ts";
import type { TestDatabase } from "../testing/database.ts";
import { testDatabase } from "../testing/database.ts";
import type { OidcProvider } from "../testing/oidc-provider.ts";
import { startOidcProvider } from "../testing/oidc-provider.ts";
import { enrol } from "../testing/people.ts";
import { createApp } from "./app.ts";
import { oidcOf } from "./sign-in-config.ts";

let database: TestDatabase;
let provider: OidcProvider;
let server: ReturnType<typeof createAdaptorServer>;
let origin = "";

before(async () => {
  [database, provider] = await Promise.all([testDatabase(), startOidcProvider()]);
  await enrol(database.app, "P-1");
  let app: ReturnType<typeof createApp> | undefined;
  server = createAdaptorServer({
    fetch: (...args) => app?.fetch(...args) ?? new Response(null, { status: 503 }),
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  assert.ok(address !== null && typeof address === "object");
  origin = `http://127.0.0.1:${address.port}`;
  const config = readConfig({
    OIDC_ISSUER: provider.issuer,
    OIDC_CLIENT_ID: provider.clientId,
    OIDC_CLIENT_SECRET: provider.clientSecret,
    OIDC_GROUPS: "boss=admin, oslo-nurses=coordinator:test/Oslo, stats=researcher",
    OIDC_NAME: "the hospital",
  });
  const oidc = oidcOf(config, origin);
  assert.ok(oidc);
  app = createApp({
    db: database.app,
    clock: () => new Date(),
    temporalUiUrl: null,
    temporalNamespace: "wearflow",
    embedded: false,
    demo: false,
    publicUrl: origin,
    oidc,
    log: { info() {}, warn() {}, error() {} },
  });
});
after(async () => {
  await new Promise((resolve) => server.close(resolve));
  await Promise.all([provider.stop(), database.stop()]);
});
beforeEach(() => provider.signInAs({ sub: "1", login: "Ola", groups: ["oslo-nurses"] }));

/** One browser: it keeps cookies and follows nothing by itself. */
function browser() {
  const cookies = new Map<string, string>();
  return async (url: string) => {
    const Cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const headers = url.startsWith(origin) ? { Cookie, Accept: "text/html" } : {};
    const reply = await fetch(url, { redirect: "manual", headers });
    for (const line of reply.headers.getSetCookie()) {
      const [pair = ""] = line.split(";");
      const [name = "", value = ""] = pair.split("=");
      cookies.set(name, value);
    }
    await reply.clone().text();
    return {
      status: reply.status,
      to: reply.headers.get("Location") ?? "",
      text: () => reply.text(),
    };
  };
}

/** Goes to the provider and comes back to where it sends the browser. */
async function goThere(go: ReturnType<typeof browser>, next = "/") {
  const begun = await go(`${origin}/sign-in/oidc?${new URLSearchParams({ next })}`);
  assert.equal(begun.status, 302);
  return (await go(begun.to)).to;
}

test("who signs in at the provider is here what the groups say, bound to the site they say", async () => {
  const go = browser();
  assert.match(await (await go(`${origin}/sign-in`)).text(), /Sign in with the hospital/);
  const back = await go(await goThere(go, "/?show=no_sync"));
  assert.deepEqual([back.status, back.to], [303, "/?show=no_sync"]);
  assert.match(
    await (await go(`${origin}/`)).text(),
    /Signed in as <b>ola<\/b> \(coordinator, Oslo\)/,
  );
  assert.deepEqual((await findStaff(database.app, "ola"))?.site, { study: "test", name: "Oslo" });
});

test("groups are looked at each time: other groups are another role, and none of ours end what was signed in", async () => {
  const older = browser();
  await older(await goThere(older));
  provider.signInAs({ sub: "1", login: "Ola", groups: ["stats"] });
  const go = browser();
  await go(await goThere(go));
  assert.equal((await findStaff(database.app, "ola"))?.role, "researcher");
  assert.equal((await older(`${origin}/`)).status, 303);
  provider.signInAs({ sub: "1", login: "Ola", groups: ["cleaners"] });
  const refused = browser();
  assert.equal((await refused(await goThere(refused))).status, 403);
  assert.equal((await go(`${origin}/`)).status, 303);
});

test("nobody takes over an account of another by its name", async () => {
  await database.app.query(
    "insert into pii.staff (login, role, password_hash) values ('ada', 'admin', 'x')",
  );
  provider.signInAs({ sub: "9", login: "ada", groups: ["stats"] });
  const go = browser();
  assert.equal((await go(await goThere(go))).status, 403);
  assert.equal((await findStaff(database.app, "ada"))?.role, "admin");
});

test("an answer that is replayed, another browser's, of another state or forged signs nobody in", async () => {
  const go = browser();
  const used = await goThere(go);
  await go(used);
  const other = browser();
  const stolen = await goThere(browser());
  const altered = async () => {
    const fresh = browser();
    return fresh((await goThere(fresh)).replace(/state=[^&]+/, "state=other"));
  };
  const forged = async (claims: Record<string, unknown>) => {
    const fresh = browser();
    const back = await goThere(fresh);
    provider.forge(claims);
    return fresh(back);
  };
  const replies = [
    await browser()(used),
    await other(stolen),
    await altered(),
    await forged({ nonce: "other" }),
    await forged({ aud: "somebody else" }),
    await forged({ iss: "http://evil.example" }),
    await forged({ exp: 1 }),
  ];
  assert.deepEqual(
    replies.map(({ status }) => status),
    replies.map(() => 502),
  );
});
