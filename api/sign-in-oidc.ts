import type { Context } from "hono";
import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import type { OidcIdentity } from "../auth/oidc.ts";
import { createToken, hashToken } from "../auth/secret-token.ts";
import { staffOfGroups } from "../auth/staff-groups.ts";
import { writeAudit } from "../sql/audit.ts";
import {
  bringOidcStaff,
  dropOidcStaff,
  keepOidcRequest,
  takeOidcRequest,
} from "../sql/oidc-sign-in.ts";
import { Refusal } from "../sql/refusal.ts";
import { readLogin } from "../sql/staff.ts";
import type { AppDeps, AppEnv } from "./deps.ts";
import type { Failure } from "./failures.ts";
import { nextPath } from "./next-path.ts";
import type { Pages } from "./page.ts";
import { createSecretCookie } from "./session-cookie.ts";
import type { Enter } from "./sign-in.ts";

type SignIn = NonNullable<AppDeps["oidc"]>;
type Deps = Pick<AppDeps, "db" | "log"> & Readonly<{ publicUrl: string; oidc: SignIn }>;

/** /sign-in/oidc: to the identity provider and back. What proves that it is the same browser is a cookie of its own. */
export function oidcRoutes(deps: Deps, pages: Pages, enter: Enter): Hono<AppEnv> {
  const { db, log, publicUrl, oidc } = deps;
  const routes = new Hono<AppEnv>();
  const cookie = createSecretCookie("wearflow-oidc", publicUrl);
  const unavailable = (c: Context<AppEnv>, error: unknown) => {
    log.warn(
      { error: error instanceof Error ? error.name : "?" },
      "sign-in at the provider failed",
    );
    return pages.sendFailure(c, NOT_SIGNED_IN);
  };

  routes.get("/sign-in/oidc", async (c) => {
    const begun = await oidc.provider.begin().catch((error: unknown) => unavailable(c, error));
    if (begun instanceof Response) return begun;
    const { token, tokenHash } = createToken();
    const next = nextPath(c.req.query("next"));
    await keepOidcRequest(db, tokenHash, { ...begun.checks, nextPath: next });
    cookie.write(c, token);
    return c.redirect(begun.url, 302);
  });

  routes.get("/sign-in/oidc/callback", async (c) => {
    const hash = hashToken(cookie.read(c));
    cookie.clear(c);
    const request = hash && (await takeOidcRequest(db, hash));
    if (!request) return pages.sendFailure(c, NOT_SIGNED_IN);
    const search = new URL(c.req.url).search;
    const identity = await oidc.provider
      .finish(search, request)
      .catch((error: unknown) => unavailable(c, error));
    if (identity instanceof Response) return identity;
    const staffId = await staffIdOf(db, oidc, identity);
    const entered =
      staffId === null
        ? null
        : await enter(c, { staffId, how: "by the identity provider", next: request.nextPath });
    if (entered === null) throw new HTTPException(403);
    return entered;
  });
  return routes;
}

/** The account of who came back; null, and audited, where their groups or their login make them nobody here. */
async function staffIdOf(
  db: AppDeps["db"],
  { groups }: SignIn,
  identity: OidcIdentity,
): Promise<number | null> {
  const { issuer, subject } = identity;
  const refuse = async (reason: string) => {
    await dropOidcStaff(db, { issuer, subject });
    const action = "sign_in.refused";
    await writeAudit(db, { actor: "sign-in", action, entity: "identity provider", reason });
    return null;
  };
  const found = staffOfGroups(groups, identity.groups);
  if (found === null) return refuse("no group of theirs is in OIDC_GROUPS");
  try {
    const { role, site } = found;
    return await bringOidcStaff(db, {
      issuer,
      subject,
      login: readLogin(identity.login),
      role,
      site,
    });
  } catch (error) {
    if (error instanceof Refusal) return refuse(error.message);
    throw error;
  }
}

const NOT_SIGNED_IN: Failure = {
  status: 502,
  title: "The sign-in did not work",
  detail:
    "The identity provider did not answer, or its answer does not belong to a sign-in of this browser.",
  advice: [
    "Begin again from the sign-in page; an answer can be used once and within ten minutes.",
    "If it happens again, tell whoever runs Wearflow.",
  ],
};
