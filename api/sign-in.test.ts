import assert from "node:assert/strict";
import { after, test } from "node:test";
import { hashPassword } from "../auth/password.ts";
import { createToken } from "../auth/secret-token.ts";
import { setDisabled } from "../sql/staff.ts";
import { makeStaffLink } from "../sql/staff-links.ts";
import { testDatabase } from "../testing/database.ts";
import { signInAs } from "../testing/staff.ts";
import { createApp } from "./app.ts";
import { createDemoGate } from "./demo-gate.ts";
import { offerFirstLink } from "./first-link.ts";
import { ours, pagesOf } from "./set-up-for-tests.ts";

const database = await testDatabase();
after(() => database.stop());
const db = database.app;
const app = pagesOf(database, new Date("2026-11-25T12:00:00Z"), false);
const because = { by: "a test", why: "to test" };
const password = "a long sentence 7";

function post(path: string, values: Record<string, string>, cookie = "", on = app) {
  const headers = { ...ours, Cookie: cookie };
  return on.request(path, { method: "POST", headers, body: new URLSearchParams(values) });
}

const open = (cookie: string, path = "/") =>
  app.request(path, { headers: { Accept: "text/html", Cookie: cookie } });

/** The cookie a reply sets, as the browser sends it back. */
const cookieOf = (reply: Response) => String(reply.headers.get("Set-Cookie")).split(";")[0] ?? "";

async function printedLink(): Promise<string> {
  const said: string[] = [];
  const { signal } = new AbortController();
  const demo = async () => false;
  const publicUrl = "http://127.0.0.1:8001";
  await offerFirstLink({ db, demo, publicUrl, stopping: signal, say: (line) => said.push(line) });
  return /token=(\S+)/.exec(said.join())?.[1] ?? "";
}

test("the first start prints a link that makes the first administrator, once; a later one replaces it", async () => {
  assert.match(await (await open("", "/sign-in")).text(), /Nobody has an account yet/);
  const [older, token] = [await printedLink(), await printedLink()];
  const values = { login: "Ada", password, again: password };
  assert.equal((await post("/sign-in/link", { ...values, token: older })).status, 410);
  const weak = await post("/sign-in/link", { ...values, token, password: "short", again: "other" });
  assert.match(await weak.text(), /at least 12[\s\S]*not the same/);
  const [one, two] = await Promise.all([
    post("/sign-in/link", { ...values, token }),
    post("/sign-in/link", { ...values, login: "eve", token }),
  ]);
  assert.deepEqual([one.status, two.status].sort(), [303, 410]);
  const { rows } = await db.query("select role from pii.staff");
  assert.deepEqual(rows, [{ role: "admin" }]);
  assert.equal(await printedLink(), "");
});

test("who knows login and password is in, under a cookie no script sees, and comes to where they wanted", async () => {
  await db.query("delete from pii.staff");
  await db.query(
    "insert into pii.staff (login, role, password_hash) values ('ola', 'researcher', $1::text)",
    [await hashPassword(password)],
  );
  const closed = await open("", "/participants/S2-0401?before=2026-01-01");
  assert.equal(
    closed.headers.get("Location"),
    "/sign-in?next=%2Fparticipants%2FS2-0401%3Fbefore%3D2026-01-01",
  );
  const reply = await post("/sign-in", { login: " OLA ", password, next: "/?show=no_sync" });
  assert.deepEqual([reply.status, reply.headers.get("Location")], [303, "/?show=no_sync"]);
  assert.match(
    String(reply.headers.get("Set-Cookie")),
    /^wearflow-session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/,
  );
  const page = await (await open(cookieOf(reply))).text();
  assert.match(page, /Signed in as <b>ola<\/b> \(researcher\)/);
});

test("anywhere but on plain loopback the cookie is __Host-, and over plain http nobody is told to be in", async () => {
  const publicUrl = "https://wearflow.example";
  const log = { info() {}, warn() {}, error() {} };
  const behindProxy = createApp({
    db,
    clock: () => new Date(),
    temporalUiUrl: null,
    temporalNamespace: "wearflow",
    embedded: false,
    demo: false,
    publicUrl,
    log,
  });
  const reply = await post("/sign-in", { login: "ola", password }, "", behindProxy);
  const cookie = String(reply.headers.get("Set-Cookie"));
  assert.match(
    cookie,
    /^__Host-wearflow-session=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
  );
  const headers = { ...ours, Origin: "http://192.168.0.7:8001" };
  const body = new URLSearchParams({ login: "ola", password });
  const plain = await behindProxy.request("/sign-in", { method: "POST", headers, body });
  assert.equal(plain.status, 421);
  assert.equal(plain.headers.get("Set-Cookie"), null);
});

test("T29: a session is new at every sign-in, and what the browser held before is dead", async () => {
  const planted = `wearflow-session=${createToken().token}`;
  const first = cookieOf(await post("/sign-in", { login: "ola", password }, planted));
  assert.notEqual(first, planted);
  const second = cookieOf(await post("/sign-in", { login: "ola", password }, first));
  assert.deepEqual(
    [(await open(planted)).status, (await open(first)).status, (await open(second)).status],
    [303, 303, 200],
  );
});

test("a session ends by signing out, when unused for half an hour, after twelve hours, and when its owner is shut out", async () => {
  const ends: Record<string, (login: string, cookie: string) => unknown> = {
    "signs-out": (_login, cookie) => post("/sign-out", {}, cookie),
    idles: (login) => age(login, "seen_at = now() - interval '31 minutes'"),
    "is-old": (login) => age(login, "ends_at = now()"),
    "is-shut-out": (login) => setDisabled(db, { login, disabled: true }, because),
  };
  for (const [login, end] of Object.entries(ends)) {
    const cookie = await signInAs(db, login, "ops");
    assert.equal((await open(cookie)).status, 200, login);
    await end(login, cookie);
    assert.equal((await open(cookie)).status, 303, login);
  }
});

test("a page left open does not keep its session alive, a page that is opened does", async () => {
  const cookie = await signInAs(db, "kari", "ops");
  const seen = async () => {
    const { rows } = await db.query<{ recent: boolean }>(
      `select seen_at > now() - interval '1 minute' as recent from pii.staff_session s
       join pii.staff f on f.id = s.staff_id where f.login = 'kari'`,
    );
    return rows[0]?.recent;
  };
  await age("kari", "seen_at = now() - interval '20 minutes'");
  await app.request("/", { headers: { "HX-Request": "true", Cookie: cookie } });
  assert.equal(await seen(), false);
  await open(cookie);
  assert.equal(await seen(), true);
});

test("a link from an administrator sets a password once, and ends what was signed in before", async () => {
  const old = await signInAs(db, "per", "ops");
  const { token, tokenHash } = createToken();
  await makeStaffLink(db, { login: "per", tokenHash }, because);
  const reply = await post("/sign-in/link", { token, password, again: password });
  assert.equal(reply.status, 303);
  assert.deepEqual([(await open(old)).status, (await open(cookieOf(reply))).status], [303, 200]);
  assert.equal((await open("", `/sign-in/link?token=${token}`)).status, 410);
  await makeStaffLink(db, { login: "per", tokenHash: createToken().tokenHash }, because);
  await db.query("update pii.staff_link set expires_at = now()");
  assert.equal((await open("", `/sign-in/link?token=${token}`)).status, 410);
});

test("a wrong password, an unknown login and one who is shut out are told the same, and nothing typed is kept", async () => {
  await setDisabled(db, { login: "per", disabled: true }, because);
  const replies = await Promise.all(
    [
      { login: "ola", password: "wrong password 1" },
      { login: "hunter2-as-login", password },
      { login: "per", password },
    ].map((values) => post("/sign-in", values)),
  );
  const texts = await Promise.all(replies.map((reply) => reply.text()));
  assert.deepEqual(new Set(replies.map(({ status }) => status)), new Set([422]));
  for (const text of texts) assert.match(text, /Login: login and password do not fit/);
  for (const reply of replies) assert.equal(reply.headers.get("Set-Cookie"), null);
  const { rows } = await db.query("select * from audit.entry, pii.sign_in_attempt");
  assert.doesNotMatch(JSON.stringify(rows), /hunter2|wrong password/);
});

test("T28: of a hundred guesses at once six are looked at, the right one after them waits too, and the owner gets in later", async () => {
  await db.query("delete from pii.sign_in_attempt");
  const guesses = await Promise.all(
    Array.from({ length: 100 }, (_, index) =>
      post("/sign-in", { login: "ola", password: `guess number ${index}` }),
    ),
  );
  const looked = guesses.filter(({ status }) => status === 422).length;
  assert.equal(looked, 6, "five free ones, and the sixth sets the first wait");
  assert.equal((await post("/sign-in", { login: "ola", password })).status, 429);
  await db.query("update pii.sign_in_attempt set blocked_until = now()");
  assert.equal((await post("/sign-in", { login: "ola", password })).status, 303);
  const { rows } = await db.query("select from pii.sign_in_attempt");
  assert.equal(rows.length, 0);
});

test("whose page asks by htmx is led to sign in as a whole page, and a program is told 401", async () => {
  const fragment = await app.request("/?show=no_sync", { headers: { "HX-Request": "true" } });
  assert.deepEqual(
    [fragment.status, fragment.headers.get("HX-Redirect")],
    [401, "/sign-in?next=%2F%3Fshow%3Dno_sync"],
  );
  const program = await app.request("/");
  assert.deepEqual(
    [program.status, program.headers.get("Content-Type")],
    [401, "application/problem+json"],
  );
});

test("once an installation was more than a demo, nobody is signed in unasked again, and that is audited", async () => {
  assert.equal(await createDemoGate(db, true)(), true);
  assert.equal(await createDemoGate(db, false)(), false);
  assert.equal(await createDemoGate(db, true)(), false);
  const { rows } = await db.query("select from audit.entry where action = 'demo.end'");
  assert.equal(rows.length, 1);
});

async function age(login: string, change: string): Promise<void> {
  await db.query(
    `update pii.staff_session set ${change} where staff_id = (select id from pii.staff where login = $1::text)`,
    [login],
  );
}
