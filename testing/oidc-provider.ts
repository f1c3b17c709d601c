import { createHash, generateKeyPairSync, randomBytes, sign } from "node:crypto";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { Hono } from "hono";

/** Who signs in at the provider next; nobody is asked for a password. */
export type OidcPerson = Readonly<{ sub: string; login: string; groups: readonly string[] }>;

/** A small OpenID Connect provider over HTTP: discovery, code with PKCE, signed ID tokens. What it is told to forge, it forges. */
export type OidcProvider = Readonly<{
  issuer: string;
  clientId: string;
  clientSecret: string;
  signInAs(person: OidcPerson): void;
  /** Claims that the next ID token has instead of the right ones. */
  forge(claims: Readonly<Record<string, unknown>>): void;
  stop(): Promise<void>;
}>;

type Grant = Readonly<{
  person: OidcPerson;
  nonce: string;
  challenge: string;
  redirectUri: string;
}>;

const base64url = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");

export async function startOidcProvider(): Promise<OidcProvider> {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const client = { clientId: "wearflow", clientSecret: "provider-secret" };
  const grants = new Map<string, Grant>();
  let person: OidcPerson = { sub: "nobody", login: "nobody", groups: [] };
  let forged: Readonly<Record<string, unknown>> = {};
  let issuer = "";
  const app = new Hono();
  app.get("/.well-known/openid-configuration", (c) =>
    c.json({
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/jwks`,
      response_types_supported: ["code"],
      subject_types_supported: ["public"],
      id_token_signing_alg_values_supported: ["RS256"],
      code_challenge_methods_supported: ["S256"],
    }),
  );
  app.get("/jwks", (c) =>
    c.json({
      keys: [{ ...publicKey.export({ format: "jwk" }), kid: "1", alg: "RS256", use: "sig" }],
    }),
  );
  app.get("/authorize", (c) => {
    const { state = "", nonce = "", code_challenge = "", redirect_uri = "" } = c.req.query();
    const code = randomBytes(16).toString("hex");
    grants.set(code, { person, nonce, challenge: code_challenge, redirectUri: redirect_uri });
    const back = new URL(redirect_uri);
    back.search = String(new URLSearchParams({ code, state, iss: issuer }));
    return c.redirect(back.href, 302);
  });
  app.post("/token", async (c) => {
    const form = await c.req.parseBody();
    const code = String(form["code"]);
    const grant = grants.get(code);
    grants.delete(code);
    const challenge = createHash("sha256")
      .update(String(form["code_verifier"]))
      .digest("base64url");
    const isOurs = form["client_secret"] === client.clientSecret;
    if (!isOurs || grant?.challenge !== challenge || grant.redirectUri !== form["redirect_uri"]) {
      return c.json({ error: "invalid_grant" }, 400);
    }
    const seconds = Math.floor(Date.now() / 1000);
    const claims = {
      iss: issuer,
      sub: grant.person.sub,
      aud: client.clientId,
      iat: seconds,
      exp: seconds + 300,
      nonce: grant.nonce,
      preferred_username: grant.person.login,
      groups: grant.person.groups,
      ...forged,
    };
    forged = {};
    const body = `${base64url({ alg: "RS256", kid: "1" })}.${base64url(claims)}`;
    const signature = sign("sha256", Buffer.from(body), privateKey).toString("base64url");
    const tokens = { access_token: "unused", token_type: "Bearer", expires_in: 300 };
    return c.json({ ...tokens, id_token: `${body}.${signature}` });
  });
  const server = createAdaptorServer({ fetch: app.fetch });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    issuer,
    ...client,
    signInAs(next) {
      person = next;
    },
    forge(claims) {
      forged = claims;
    },
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
