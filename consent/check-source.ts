import { AuthorizationRevoked, SourceUnavailable } from "../sources/errors.ts";
import type { GoogleAuthorizer } from "../sources/google-health/oauth.ts";
import { SCOPES } from "../sources/google-health/permissions.ts";

/** One thing that was looked at: how it is, in words, and what to do where it is not well. */
export type Finding = Readonly<{ what: string; how: "good" | "bad" | "unsure"; words: string }>;

const NOBODY = "wearflow-check-source";

/** Whether the token endpoint knows our client: a token that nobody has must be refused as such, and not our client. */
export async function checkClient(authorizer: Pick<GoogleAuthorizer, "refresh">): Promise<Finding> {
  const what = "client";
  const grant = { accessToken: NOBODY, refreshToken: NOBODY, scopes: [] };
  try {
    await authorizer.refresh({ ...grant, expiresAt: new Date(0), grantExpiresAt: null });
    return { what, how: "unsure", words: "the token endpoint took a token that cannot be one" };
  } catch (error) {
    if (error instanceof AuthorizationRevoked)
      return { what, how: "good", words: "the token endpoint knows the client and its secret" };
    if (error instanceof SourceUnavailable && error.projectLevel)
      return {
        what,
        how: "bad",
        words: `${error.message}. Compare GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET with the client in the Google Cloud console (APIs & Services, Credentials); it must be of the type "Web application"`,
      };
    return { what, how: "unsure", words: messageOf(error) };
  }
}

/** What Google's pages say of a wrong request, by the code in them. */
const refusals: readonly (readonly [RegExp, string])[] = [
  [
    /redirect_uri_mismatch/,
    "the address to come back to is not registered: add it to the client's authorised redirect URIs, letter for letter",
  ],
  [/invalid_client|deleted_client/, "Google does not know this client"],
  [
    /invalid_scope/,
    "a scope is not one of the project: add the four scopes of docs/going-live.md under Data access",
  ],
  [/org_internal/, "the app is internal: only accounts of your own organisation may consent"],
  [/access_denied/, "the app is in testing and the account is not among its test users"],
];

/** Whether Google's consent page can be reached with our client, redirect address and scopes. */
export async function checkRedirect(
  authorizer: Pick<GoogleAuthorizer, "consentUrl">,
  redirectUri: string,
  fetch: typeof globalThis.fetch = globalThis.fetch,
): Promise<Finding> {
  const what = "redirect";
  const codeChallenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
  const url = authorizer.consentUrl({ redirectUri, state: NOBODY, scopes: SCOPES, codeChallenge });
  try {
    const reply = await fetch(url, { redirect: "manual", signal: AbortSignal.timeout(20_000) });
    const location = reply.headers.get("location") ?? "";
    const said = `${location} ${decodeError(location)} ${await reply.text()}`;
    const known = refusals.find(([code]) => code.test(said));
    if (known) return { what, how: "bad", words: `${known[1]} (${redirectUri})` };
    if (reply.status >= 400 || /oauth\/error/.test(location))
      return { what, how: "bad", words: `Google's consent page answers ${reply.status}` };
    return { what, how: "good", words: `Google sends participants back to ${redirectUri}` };
  } catch (error) {
    return {
      what,
      how: "unsure",
      words: `the consent page cannot be reached: ${messageOf(error)}`,
    };
  }
}

/** Google's error page carries what is wrong as base64 in its address. */
function decodeError(location: string): string {
  if (!URL.canParse(location)) return "";
  const error = new URL(location).searchParams.get("authError");
  return error === null ? "" : Buffer.from(error, "base64").toString("latin1");
}

/** Whether the address is one that Google and participants' phones can reach, and safely. */
export function checkPublicUrl(publicUrl: string): Finding {
  const what = "address";
  const { protocol, hostname } = new URL(publicUrl);
  const isHere = ["127.0.0.1", "localhost", "[::1]"].includes(hostname);
  if (isHere)
    return {
      what,
      how: "bad",
      words: `${publicUrl} is this machine only: set PUBLIC_URL to the https address that participants open`,
    };
  return protocol === "https:"
    ? { what, how: "good", words: `participants open ${publicUrl}` }
    : { what, how: "bad", words: `${publicUrl} is not https: Google refuses to send people there` };
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
