import { AuthorizationCode } from "simple-oauth2";
import { z } from "zod";
import {
  AuthorizationRevoked,
  RateLimited,
  SourceUnavailable,
  UnexpectedReply,
} from "../errors.ts";
import type { Authorizer, Grant } from "../source.ts";

export type GoogleAuthorizerOptions = Readonly<{
  clientId: string;
  clientSecret: string;
  tokenUrl: string;
  authorizeUrl: string;
  revokeUrl: string;
  clock: () => Date;
  timeoutMs?: number;
}>;

export type ConsentRequest = Readonly<{
  redirectUri: string;
  state: string;
  scopes: readonly string[];
  codeChallenge: string;
}>;

export type GoogleAuthorizer = Authorizer &
  Readonly<{
    /** Where the participant's browser goes to consent (PKCE, offline access, asked again every time). */
    consentUrl(request: ConsentRequest): string;
    /** Gives the grant back to the provider; it works for nobody afterwards. */
    revoke(grant: Grant): Promise<void>;
  }>;

/** Google's OAuth through simple-oauth2, whose traps (facts, section E) end in this file. */
export function createGoogleAuthorizer(options: GoogleAuthorizerOptions): GoogleAuthorizer {
  const client = createClient(options);
  const { clock } = options;
  return {
    async redeem(code, { redirectUri, codeVerifier }) {
      const params = {
        code,
        redirect_uri: redirectUri,
        ...(codeVerifier !== undefined && { code_verifier: codeVerifier }),
      };
      const reply = await ask(() => client.getToken(params));
      return readGrant(reply.token, null, clock());
    },
    async refresh(grant) {
      const token = client.createToken({ access_token: "", refresh_token: grant.refreshToken });
      const reply = await ask(() => token.refresh());
      return readGrant(reply.token, grant, clock());
    },
    consentUrl({ redirectUri, state, scopes, codeChallenge }) {
      const google = { access_type: "offline", prompt: "consent" };
      const proof = { code_challenge: codeChallenge, code_challenge_method: "S256" };
      const standard = { redirect_uri: redirectUri, scope: [...scopes], state };
      return client.authorizeURL({ ...standard, ...google, ...proof });
    },
    async revoke(grant) {
      const token = client.createToken({ access_token: "", refresh_token: grant.refreshToken });
      await ask(() => token.revoke("refresh_token"));
    },
  };
}

function createClient(options: GoogleAuthorizerOptions): AuthorizationCode {
  const token = new URL(options.tokenUrl);
  const authorize = new URL(options.authorizeUrl);
  return new AuthorizationCode({
    client: { id: options.clientId, secret: options.clientSecret },
    auth: {
      tokenHost: token.origin,
      tokenPath: token.pathname,
      authorizeHost: authorize.origin,
      authorizePath: authorize.pathname,
      revokePath: new URL(options.revokeUrl).pathname,
    },
    http: { timeout: options.timeoutMs ?? 30_000 },
    options: { authorizationMethod: "body" },
  });
}

const Reply = z.object({
  access_token: z.string().min(1),
  expires_in: z.number().positive(),
  refresh_token: z.string().min(1).optional(),
  refresh_token_expires_in: z.number().positive().optional(),
  scope: z.string().optional(),
});

/** A renewal's reply leaves the refresh token out: the old one goes on. */
function readGrant(token: unknown, before: Grant | null, now: Date): Grant {
  const reply = Reply.safeParse(token);
  const refreshToken = reply.data?.refresh_token ?? before?.refreshToken;
  if (!reply.success || refreshToken === undefined) {
    throw new UnexpectedReply("The token endpoint's reply has no usable grant");
  }
  const { access_token, expires_in, refresh_token_expires_in, scope } = reply.data;
  const after = (seconds: number) => new Date(now.getTime() + seconds * 1000);
  return {
    accessToken: access_token,
    refreshToken,
    expiresAt: after(expires_in),
    grantExpiresAt:
      refresh_token_expires_in === undefined
        ? (before?.grantExpiresAt ?? null)
        : after(refresh_token_expires_in),
    scopes: scope?.split(" ").filter((one) => one !== "") ?? before?.scopes ?? [],
  };
}

const Boom = z.object({
  output: z.object({ statusCode: z.number() }),
  data: z
    .object({
      payload: z.object({ error: z.string() }).optional().catch(undefined),
      res: z
        .object({ headers: z.record(z.string(), z.unknown()) })
        .optional()
        .catch(undefined),
    })
    .optional()
    .catch(undefined),
});

/** Runs one call; its error is replaced, not wrapped, because the library's own carries the request with its secrets. */
async function ask<Result>(call: () => Promise<Result>): Promise<Result> {
  try {
    return await call();
  } catch (error) {
    throw translate(error);
  }
}

function translate(error: unknown): Error {
  const boom = Boom.safeParse(error);
  if (!boom.success) return new SourceUnavailable("The token endpoint cannot be reached");
  const { output, data } = boom.data;
  const code = data?.payload?.error;
  if (code === "invalid_grant") {
    return new AuthorizationRevoked("The provider refuses to renew the grant (invalid_grant)", {
      evidence: "invalid_grant",
    });
  }
  if (output.statusCode === 429)
    return new RateLimited(retryAfter(data?.res?.headers["retry-after"]));
  const known =
    code !== undefined && /^[a-z_]{3,40}$/.test(code) ? code : `status ${output.statusCode}`;
  // invalid_client, unauthorized_client …: our project's fault, whoever the participant is.
  return new SourceUnavailable(`The token endpoint refuses (${known})`, {
    projectLevel: code !== undefined && output.statusCode < 500,
  });
}

function retryAfter(header: unknown): number {
  const seconds = Number(header);
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(3600, Math.ceil(seconds)) : 60;
}
