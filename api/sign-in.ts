import type { Context } from "hono";
import { Hono } from "hono";
import { verifyPassword } from "../auth/password.ts";
import { createToken, hashToken } from "../auth/secret-token.ts";
import { writeAudit } from "../sql/audit.ts";
import { forgiveAttempts, readPasswordHash, reserveAttempt } from "../sql/sign-in-attempts.ts";
import { hasStaff } from "../sql/staff.ts";
import { beginSession, endSession } from "../sql/staff-sessions.ts";
import { clientAddress } from "./client-address.ts";
import type { AppDeps, AppEnv } from "./deps.ts";
import { nextPath } from "./next-path.ts";
import type { Pages } from "./page.ts";
import type { SecretCookie } from "./session-cookie.ts";
import { willKeepCookies } from "./session-cookie.ts";
import type { Failed } from "./set-up-form.ts";
import { formView, noLargerThan, readTexts } from "./set-up-form.ts";

const FORM_BYTES = 16 * 1024;
const WAIT_SECONDS = 60;

type Deps = Pick<AppDeps, "db" | "oidc" | "log"> &
  Readonly<{ publicUrl: string; cookie: SecretCookie }>;

/** Signs this browser in as that member of staff under a fresh secret, whatever it held before. Null when shut out. */
export type Enter = (
  c: Context<AppEnv>,
  wish: Readonly<{ staffId: number; how: string; next: string }>,
) => Promise<Response | null>;

export function createEnter({ db, cookie }: Pick<Deps, "db" | "cookie">): Enter {
  return async (c, { staffId, how, next }) => {
    const { token, tokenHash } = createToken();
    const replaces = hashToken(cookie.read(c));
    const login = await beginSession(db, { staffId, tokenHash, replaces, how });
    if (login === null) return null;
    cookie.write(c, token);
    return c.redirect(nextPath(next), 303);
  };
}

/** /sign-in and /sign-out: local users by login and password, with a wait that grows with every failure. */
export function signInRoutes(deps: Deps, pages: Pages, enter: Enter): Hono<AppEnv> {
  const { db, cookie, publicUrl } = deps;
  const routes = new Hono<AppEnv>();
  const show = createShow(deps, pages);

  routes.get("/sign-in", (c) => show(c, nextPath(c.req.query("next")), null));

  routes.post("/sign-in", noLargerThan(FORM_BYTES, pages), async (c) => {
    if (!willKeepCookies(c, publicUrl)) return pages.sendFailure(c, PLAIN_HTTP);
    const { login = "", password = "", next = "/" } = await readTexts(c);
    const who = { login: login.trim().toLowerCase(), address: clientAddress(c) };
    const refuse = (words: string) =>
      show(c, nextPath(next), { form: "sign-in", values: { login }, errors: { login: words } });
    if (!(await reserveAttempt(db, who))) {
      c.status(429);
      c.header("Retry-After", String(WAIT_SECONDS));
      return refuse("too many tries: wait a few minutes, then try again");
    }
    const staffId = await prove(db, who.login, password);
    const entered = staffId && (await enter(c, { staffId, how: "by password", next }));
    if (entered) {
      await forgiveAttempts(db, who);
      return entered;
    }
    c.status(422);
    return refuse("login and password do not fit");
  });

  routes.post("/sign-out", async (c) => {
    const hash = hashToken(cookie.read(c));
    if (hash !== null) await endSession(db, hash);
    cookie.clear(c);
    // Also what the browser kept to show again on the way back.
    c.header("Clear-Site-Data", '"cache"');
    return c.redirect("/sign-in", 303);
  });
  return routes;
}

function createShow({ db, oidc }: Deps, pages: Pages) {
  return async (c: Context<AppEnv>, next: string, failed: Failed | null) =>
    pages.send(c, {
      view: "sign-in",
      fragment: "sign-in",
      title: "Sign in",
      studies: [],
      fault: null,
      data: {
        anybody: oidc !== undefined || (await hasStaff(db)),
        provider: oidc?.name ?? "",
        providerUrl: `/sign-in/oidc?${new URLSearchParams({ next })}`,
        form: formView(signInForm(next), failed),
      },
    });
}

function signInForm(next: string) {
  return {
    id: "sign-in",
    action: "/sign-in",
    submit: "Sign in",
    refused: "You are not signed in.",
    hidden: { next },
    fields: [
      { name: "login", label: "Login", autocomplete: "username" },
      {
        name: "password",
        label: "Password",
        type: "password",
        autocomplete: "current-password",
      },
    ],
  } as const;
}

/** Whose login and password these are; null, and audited, where they do not fit. */
async function prove(db: AppDeps["db"], login: string, password: string): Promise<number | null> {
  const known = await readPasswordHash(db, login);
  const fits = await verifyPassword(password, known?.passwordHash ?? null);
  if (fits && known !== null) return known.staffId;
  await writeAudit(db, {
    actor: "sign-in",
    action: "sign_in.refused",
    // What was typed as a login is not kept unless it is one: it may be a password.
    entity: known === null ? "nobody" : login,
    reason: "login and password do not fit",
  });
  return null;
}

const PLAIN_HTTP = {
  status: 421,
  title: "Open this page over https",
  detail: "Over plain http a browser does not keep who is signed in, and others can read along.",
  advice: [
    "Use the https address of this installation; whoever runs Wearflow sets it (PUBLIC_URL).",
  ],
} as const;
