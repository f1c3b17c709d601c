import type { Context, Hono } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { demoClient } from "../product-variables.ts";
import type { RequestVariables, World } from "../world.ts";
import type { Grants } from "./grants.ts";
import { challengeOf, tokenReply } from "./grants.ts";
import type { Claims } from "./tokens.ts";

/** The one client the simulator knows. */

type FormField =
  | "client_id"
  | "client_secret"
  | "grant_type"
  | "code"
  | "code_verifier"
  | "redirect_uri"
  | "refresh_token"
  | "token";
type Form = Readonly<Partial<Record<FormField, string>>>;

class OAuthError extends Error {
  override name = "OAuthError";
  readonly code: string;
  readonly status: ContentfulStatusCode;
  constructor(code: string, description: string, status: ContentfulStatusCode = 400) {
    super(description);
    this.code = code;
    this.status = status;
  }
}

/** POST /token and POST /revoke: form bodies with the client's credentials in them, as Google takes them. */
export function addTokenRoutes(app: Hono<RequestVariables>, world: World, grants: Grants): void {
  app.post("/token", (c) =>
    answer(c, async () => {
      const form = await readForm(c);
      checkClient(form);
      const exchange = exchanges[form.grant_type ?? ""];
      if (exchange === undefined)
        throw new OAuthError(
          "unsupported_grant_type",
          `Invalid grant_type: ${form.grant_type ?? ""}`,
        );
      return exchange(form, world, grants);
    }),
  );
  app.post("/revoke", (c) =>
    answer(c, async () => {
      const { token } = await readForm(c);
      const claims = world.tokens.read(token ?? c.req.query("token"));
      if (claims === null || claims.kind === "code" || grants.isRevoked(claims.grant))
        throw new OAuthError("invalid_token", "Token expired or revoked");
      grants.revoke(claims.grant);
      return {};
    }),
  );
}

/** The text fields of a form body; anything else in it is ignored. */
export async function readForm(c: Context): Promise<Form> {
  const type = c.req.header("content-type") ?? "";
  if (!type.startsWith("application/x-www-form-urlencoded")) return {};
  return Object.fromEntries(new URLSearchParams(await c.req.text()));
}

async function answer(c: Context, work: () => Promise<object>): Promise<Response> {
  try {
    return c.json(await work());
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    return c.json({ error: error.code, error_description: error.message }, error.status);
  }
}

function checkClient(form: Form): void {
  if (form.client_id !== demoClient.id)
    throw new OAuthError("invalid_client", "The OAuth client was not found.", 401);
  if (form.client_secret !== demoClient.secret)
    throw new OAuthError("invalid_client", "Unauthorized", 401);
}

type Exchange = (form: Form, world: World, grants: Grants) => object;

const exchanges: Readonly<Record<string, Exchange>> = {
  authorization_code: (form, world, grants) => {
    const now = world.clock().getTime();
    const code = form.code ?? "";
    const claims = world.tokens.read(code);
    if (claims?.kind !== "code") throw new OAuthError("invalid_grant", "Malformed auth code.");
    checkCode(claims, form, now);
    // A code of the roster stands for an enrolment that is done once more at every demo: it may be used again.
    if (claims.expiresAt !== undefined && !grants.useCode(code))
      throw new OAuthError("invalid_grant", "Bad Request");
    return tokenReply(world.tokens, claims, now, claims.offline === true);
  },
  refresh_token: (form, world, grants) => {
    const claims = world.tokens.read(form.refresh_token);
    if (claims?.kind !== "refresh") throw new OAuthError("invalid_grant", "Bad Request");
    if (grants.isRevoked(claims.grant))
      throw new OAuthError("invalid_grant", "Token has been expired or revoked.");
    const now = world.clock().getTime();
    if (!world.singleUseRefreshTokens) return tokenReply(world.tokens, claims, now, false);
    // As other providers have it: each is good once, and one that comes again ends the whole grant.
    const { generation = 0 } = claims;
    if (!grants.useCode(form.refresh_token ?? "")) {
      grants.revoke(claims.grant);
      throw new OAuthError("invalid_grant", "Token has been expired or revoked.");
    }
    return tokenReply(world.tokens, { ...claims, generation: generation + 1 }, now, true);
  },
};

function checkCode(claims: Claims, form: Form, now: number): void {
  if (claims.expiresAt !== undefined && claims.expiresAt <= now)
    throw new OAuthError("invalid_grant", "Bad Request");
  if (claims.redirectUri !== undefined && claims.redirectUri !== form.redirect_uri)
    throw new OAuthError("redirect_uri_mismatch", "Bad Request");
  if (claims.challenge === undefined) return;
  const verifier = form.code_verifier;
  if (verifier === undefined) throw new OAuthError("invalid_grant", "Missing code verifier.");
  if (challengeOf(verifier) !== claims.challenge)
    throw new OAuthError("invalid_grant", "Invalid code verifier.");
}
