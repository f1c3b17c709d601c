import { ours, pagesOf } from "../../../api/set-up-for-tests.ts";
import { hashPassword } from "../../../auth/password.ts";
import { createToken, hashToken } from "../../../auth/secret-token.ts";
import { setDisabled } from "../../../sql/staff.ts";
import { serve } from "../../../testing/browser.ts";
import { because } from "../../../testing/contact-world.ts";
import { signInAs } from "../../../testing/staff.ts";
import { quantile } from "../../process-cost.ts";
import type { FaultTest } from "../finding.ts";
import { figureOf } from "../finding.ts";
import type { Desk } from "./desk.ts";

const PASSWORD = "a long sentence 7";
const GUESSES = 100;
/** What the sign-in looks at before it makes one wait: five a login and the sixth, thirty an address and one. */
const MOST_OF_A_LOGIN = 6;
const MOST_OF_AN_ADDRESS = 31;

const appOf = ({ world }: Desk) => pagesOf(world.database, new Date(), false);
type App = ReturnType<typeof appOf>;

const forget = ({ world }: Desk) => world.deps.db.query("delete from pii.sign_in_attempt");

/** T28: passwords are guessed. */
export const passwordsGuessed: FaultTest<Desk> = {
  id: "T28",
  promise:
    "a hundred guesses at one account, one password at a hundred accounts: few are looked at; an unknown login takes as long as a known one",
  async run(desk) {
    const { db } = desk.world.deps;
    await db.query(
      "insert into pii.staff (login, role, password_hash) values ('guessed', 'ops', $1::text) on conflict do nothing",
      [await hashPassword(PASSWORD)],
    );
    const site = await serve(appOf(desk));
    try {
      const one = await lookedAt(site.origin, () => "guessed");
      await forget(desk);
      const many = await lookedAt(site.origin, (index) => `account-${index}`);
      const [known, unknown] = [
        await medianMs(desk, site.origin, "guessed"),
        await medianMs(desk, site.origin, "nobody-here"),
      ];
      const difference = Math.round(Math.abs(known - unknown));
      await forget(desk);
      return {
        passed:
          one <= MOST_OF_A_LOGIN &&
          many <= MOST_OF_AN_ADDRESS &&
          difference < Math.max(15, known / 2),
        figure: figureOf({
          looked_at_of_100_at_one_account: one,
          looked_at_of_100_accounts: many,
          known_login_ms: Math.round(known),
          difference_ms: difference,
        }),
      };
    } finally {
      await site.stop();
    }
  },
};

function guess(origin: string, login: string, password: string): Promise<Response> {
  const body = new URLSearchParams({ login, password });
  return fetch(`${origin}/sign-in`, { method: "POST", headers: ours, body, redirect: "manual" });
}

async function lookedAt(origin: string, loginOf: (index: number) => string): Promise<number> {
  const replies = await Promise.all(
    Array.from({ length: GUESSES }, (_, index) => guess(origin, loginOf(index), `guess ${index}`)),
  );
  await Promise.all(replies.map((reply) => reply.text()));
  return replies.filter(({ status }) => status === 422).length;
}

async function medianMs(desk: Desk, origin: string, login: string): Promise<number> {
  const times: number[] = [];
  for (let index = 0; index < 25; index += 1) {
    await forget(desk);
    const began = performance.now();
    await (await guess(origin, login, `guess ${index}`)).text();
    times.push(performance.now() - began);
  }
  return quantile(times, 0.5);
}

/** T29: sessions that must be dead, and cookies that never were one. */
export const deadSessions: FaultTest<Desk> = {
  id: "T29",
  promise:
    "planted, replaced, signed-out, idle, old, shut-out, cut-off and hashed sessions open nothing; a living one does",
  async run(desk) {
    const app = appOf(desk);
    const cookies = await deadCookies(desk, app);
    let accepted = 0;
    for (const cookie of Object.values(cookies))
      if ((await open(app, cookie)).status === 200) accepted += 1;
    const alive = await open(app, await signInAs(desk.world.deps.db, "alive", "ops"));
    return {
      passed: accepted === 0 && alive.status === 200,
      figure: figureOf({
        kinds: Object.keys(cookies).length,
        accepted,
        a_living_one: alive.status,
      }),
    };
  },
};

const open = (app: App, cookie: string) =>
  app.request("/", { headers: { Accept: "text/html", Cookie: cookie } });

async function deadCookies(desk: Desk, app: App): Promise<Record<string, string>> {
  const { db } = desk.world.deps;
  const age = (login: string, change: string) =>
    db.query(
      `update pii.staff_session set ${change} where staff_id = (select id from pii.staff where login = $1::text)`,
      [login],
    );
  const ends: Readonly<Record<string, (cookie: string) => unknown>> = {
    "signed-out": (cookie) =>
      app.request("/sign-out", { method: "POST", headers: { ...ours, Cookie: cookie } }),
    idle: () => age("idle", "seen_at = now() - interval '31 minutes'"),
    old: () => age("old", "ends_at = now()"),
    "shut-out": () => setDisabled(db, { login: "shut-out", disabled: true }, because),
    replaced: (cookie) => signAgain(desk, app, "replaced", cookie),
  };
  const dead: Record<string, string> = {};
  for (const [login, end] of Object.entries(ends)) {
    const cookie = await signInAs(db, login, "ops");
    await end(cookie);
    dead[login] = cookie;
  }
  const living = await signInAs(db, "living", "ops");
  const token = living.split("=")[1] ?? "";
  return {
    ...dead,
    planted: `wearflow-session=${createToken().token}`,
    "cut off": living.slice(0, -1),
    "another name": `__Host-wearflow-session=${token}`,
    hashed: `wearflow-session=${hashToken(token)?.toString("base64url")}`,
    empty: "wearflow-session=",
  };
}

/** Signs in once more over an old session, as a browser that still held it would. */
async function signAgain({ world }: Desk, app: App, login: string, cookie: string): Promise<void> {
  await world.deps.db.query(
    "update pii.staff set password_hash = $2::text where login = $1::text",
    [login, await hashPassword(PASSWORD)],
  );
  const body = new URLSearchParams({ login, password: PASSWORD });
  await app.request("/sign-in", { method: "POST", headers: { ...ours, Cookie: cookie }, body });
}
