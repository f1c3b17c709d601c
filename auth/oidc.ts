import type { Configuration } from "openid-client";
import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  discovery,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
} from "openid-client";

/** What must be kept, on our side only, while somebody is at the identity provider. */
export type OidcChecks = Readonly<{ state: string; nonce: string; codeVerifier: string }>;

/** Who the provider says came back. */
export type OidcIdentity = Readonly<{
  issuer: string;
  subject: string;
  /** A name to show and audit; no proof of anything. */
  login: string;
  groups: readonly string[];
}>;

/** A sign-in at an identity provider, by code with PKCE, state and nonce. Both reject when the provider cannot be asked. */
export type Oidc = Readonly<{
  begin(): Promise<Readonly<{ url: string; checks: OidcChecks }>>;
  /** `search` is what the provider sent the browser back with. Rejects whatever does not fit the checks. */
  finish(search: string, checks: OidcChecks): Promise<OidcIdentity>;
}>;

export type OidcSettings = Readonly<{
  issuer: string;
  clientId: string;
  clientSecret: string;
  /** Where the provider sends the browser back to; registered there. */
  redirectUri: string;
  /** The claim of the ID token that holds the groups. */
  groupsClaim: string;
}>;

const TIMEOUT_SECONDS = 8;

export function createOidc(settings: OidcSettings): Oidc {
  const { redirectUri, groupsClaim } = settings;
  let known: Promise<Configuration> | null = null;
  const configuration = () => {
    // A provider that is down now may be up when the next person comes.
    known ??= discover(settings).catch((error: unknown) => {
      known = null;
      throw error;
    });
    return known;
  };
  return {
    async begin() {
      const checks = {
        state: randomState(),
        nonce: randomNonce(),
        codeVerifier: randomPKCECodeVerifier(),
      };
      const url = buildAuthorizationUrl(await configuration(), {
        redirect_uri: redirectUri,
        scope: "openid profile email",
        state: checks.state,
        nonce: checks.nonce,
        code_challenge: await calculatePKCECodeChallenge(checks.codeVerifier),
        code_challenge_method: "S256",
      });
      return { url: url.href, checks };
    },
    async finish(search, { state, nonce, codeVerifier }) {
      const cameBackTo = new URL(redirectUri);
      cameBackTo.search = search;
      const tokens = await authorizationCodeGrant(await configuration(), cameBackTo, {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: codeVerifier,
        idTokenExpected: true,
      });
      const claims = tokens.claims();
      if (claims === undefined) throw new Error("The identity provider sent no ID token");
      const { iss, sub } = claims;
      return {
        issuer: iss,
        subject: sub,
        login: loginOf([claims["preferred_username"], claims["email"]], sub),
        groups: textsOf(claims[groupsClaim]),
      };
    },
  };
}

function discover({ issuer, clientId, clientSecret }: OidcSettings): Promise<Configuration> {
  const url = new URL(issuer);
  const onThisMachine = ["127.0.0.1", "localhost", "[::1]"].includes(url.hostname);
  return discovery(url, clientId, clientSecret, undefined, {
    timeout: TIMEOUT_SECONDS,
    // Plain HTTP is for a provider on this very machine, as in tests; any other is refused.
    execute: onThisMachine && url.protocol === "http:" ? [allowInsecureRequests] : [],
  });
}

function loginOf(names: readonly unknown[], subject: string): string {
  const name = names.find((each) => typeof each === "string" && each !== "");
  return String(name ?? subject).toLowerCase();
}

function textsOf(claim: unknown): string[] {
  return Array.isArray(claim) ? claim.filter((each) => typeof each === "string") : [];
}
