import { AuthorizationCode } from "simple-oauth2";
import { z } from "zod";
import { UnexpectedReply } from "../errors.ts";
import type { Authorizer, Grant } from "../source.ts";
import { authorizerErrorOf, isDeadToken } from "./oauth-error.ts";

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
    /** Gives the grant back to the provider; it works for nobody afterwards. A grant that is dead already is fine. */
    revoke(grant: Grant): Promise<void>;
  }>;

/**
 * Google's OAuth through simple-oauth2, whose traps (facts, section E) end in this file. Throws the classes of
 * sources/errors.ts. DEBUG=simple-oauth2* would print secrets: never set it.
 */
export function createGoogleAuthorizer(options: GoogleAuthorizerOptions): GoogleAuthorizer {
  const client = createClient(options);
  const { clock } = options;
  const stored = (grant: Grant) => client.createToken({ refresh_token: grant.refreshToken });
  const ask = <Result>(call: Promise<Result>): Promise<Result> =>
    call.catch((error: unknown) => {
      throw authorizerErrorOf(error, clock());
    });
  return {
    async redeem(code, { redirectUri, codeVerifier }) {
      const proof = codeVerifier === undefined ? {} : { code_verifier: codeVerifier };
      const params = { code, redirect_uri: redirectUri, ...proof };
      const { token } = await ask(client.getToken(params));
      return readGrant(token, null, clock());
    },
    async refresh(grant) {
      const { token } = await ask(stored(grant).refresh());
      return readGrant(token, grant, clock());
    },
    consentUrl({ redirectUri, state, scopes, codeChallenge }) {
      const google = { access_type: "offline", prompt: "consent" };
      const proof = { code_challenge: codeChallenge, code_challenge_method: "S256" };
      const standard = { redirect_uri: redirectUri, scope: [...scopes], state };
      return client.authorizeURL({ ...standard, ...google, ...proof });
    },
    async revoke(grant) {
      // Google answers this one with an empty body or none of the type JSON.
      const revoking = stored(grant).revoke("refresh_token", { json: "force" });
      await ask(
        revoking.catch((error: unknown) => {
          if (!isDeadToken(error)) throw error;
        }),
      );
    },
  };
}

function createClient(options: GoogleAuthorizerOptions): AuthorizationCode {
  const [token, revoke, authorize] = [
    new URL(options.tokenUrl),
    new URL(options.revokeUrl),
    new URL(options.authorizeUrl),
  ];
  try {
    return new AuthorizationCode({
      client: { id: options.clientId, secret: options.clientSecret },
      // Whole addresses as paths: each may be on a host of its own.
      auth: {
        tokenHost: token.origin,
        tokenPath: token.href,
        revokePath: revoke.href,
        authorizeHost: authorize.origin,
        authorizePath: authorize.href,
      },
      http: { timeout: options.timeoutMs ?? 30_000, maxBytes: 1_000_000 },
      options: { authorizationMethod: "body" },
    });
  } catch {
    // Without a cause: the library's message quotes the options, and with them the secret.
    throw new Error("The OAuth client's id or secret holds characters that no such value has");
  }
}

const seconds = z.coerce.number().positive().max(1e9);
const TokenReply = z.object({
  access_token: z.string().min(1),
  expires_in: seconds,
  refresh_token: z.string().min(1).optional(),
  refresh_token_expires_in: seconds.optional(),
  scope: z.string().optional(),
});

/** A renewal's reply leaves out the refresh token, and may leave out the scopes: the old ones go on. */
function readGrant(token: unknown, before: Grant | null, now: Date): Grant {
  const reply = TokenReply.safeParse(token);
  if (!reply.success) throw new UnexpectedReply("The token endpoint's reply has another shape");
  const { access_token, expires_in, refresh_token_expires_in, scope } = reply.data;
  const refreshToken = reply.data.refresh_token ?? before?.refreshToken;
  if (refreshToken === undefined) {
    throw new UnexpectedReply(
      "The token endpoint gives no refresh token: ask for consent with access_type=offline and prompt=consent",
    );
  }
  const after = (wait: number) => new Date(now.getTime() + wait * 1000);
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
