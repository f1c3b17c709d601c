import { AuthorizationRevoked, SourceUnavailable } from "../sources/errors.ts";
import type { Grant, Source } from "../sources/source.ts";
import type { Finding } from "./check-source.ts";

/** Google's limits for an app that was not verified. */
const UNVERIFIED_PEOPLE = 100;

/** Whether a consented account can be read: the API enabled, the scopes granted, the grant one that lasts. */
export async function checkAccount(
  source: Pick<Source, "fetchIdentity" | "fetchDevices" | "missingPermissions">,
  grant: Grant,
  connected: number,
): Promise<readonly Finding[]> {
  return [await checkApi(source, grant), checkScopes(source, grant), checkLimits(grant, connected)];
}

async function checkApi(
  source: Pick<Source, "fetchIdentity" | "fetchDevices">,
  { accessToken }: Grant,
): Promise<Finding> {
  const what = "API";
  try {
    await source.fetchIdentity(accessToken);
    const { devices, settings } = await source.fetchDevices(accessToken);
    const zone = settings?.timeZone ?? "no time zone";
    return { what, how: "good", words: `answers: ${devices.length} devices, ${zone}` };
  } catch (error) {
    return { what, how: "bad", words: apiWords(error) };
  }
}

function apiWords(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof AuthorizationRevoked && error.evidence === "account_not_linked")
    return "the account holds no tracker: open the Fitbit app with it, or check with another participant";
  if (error instanceof SourceUnavailable && error.projectLevel)
    return `${message}. Enable the Google Health API for the project (APIs & Services, Library) and wait some minutes`;
  return message;
}

function checkScopes(source: Pick<Source, "missingPermissions">, { scopes }: Grant): Finding {
  const missing = source.missingPermissions(scopes);
  if (missing.length === 0) return { what: "scopes", how: "good", words: "all four were granted" };
  return {
    what: "scopes",
    how: "bad",
    words: `not granted: ${missing.join(", ")}. The participant unticked them, or they are not among the project's scopes (Data access)`,
  };
}

function checkLimits({ grantExpiresAt }: Grant, connected: number): Finding {
  const what = "limits";
  if (grantExpiresAt !== null)
    return {
      what,
      how: "bad",
      words: `this grant ends by itself on ${grantExpiresAt.toISOString().slice(0, 10)}: the app is in testing (every grant ends after 7 days) or the participant chose so. Publish the app`,
    };
  const full = connected >= UNVERIFIED_PEOPLE;
  return {
    what,
    how: full ? "unsure" : "good",
    words: full
      ? `${connected} participants are connected; an app that is not verified serves ${UNVERIFIED_PEOPLE} at most`
      : `the grant has no end of its own; an app that is not verified serves ${UNVERIFIED_PEOPLE} people, and ${connected} are connected`,
  };
}
