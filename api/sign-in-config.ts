import { createOidc } from "../auth/oidc.ts";
import { readStaffGroups } from "../auth/staff-groups.ts";
import type { Config } from "../config.ts";
import type { AppDeps } from "./deps.ts";

/** The identity provider, where one is configured. Throws in words when half of it is. */
export function oidcOf(config: Config, publicUrl: string): AppDeps["oidc"] | null {
  const {
    OIDC_ISSUER: issuer,
    OIDC_CLIENT_ID: clientId,
    OIDC_CLIENT_SECRET: clientSecret,
  } = config;
  const groups = readStaffGroups(config.OIDC_GROUPS);
  const given = [issuer, clientId, clientSecret].filter((each) => each !== undefined);
  if (given.length === 0 && groups.length === 0) return null;
  if (issuer === undefined || clientId === undefined || clientSecret === undefined) {
    throw new Error("Sign-in needs OIDC_ISSUER, OIDC_CLIENT_ID and OIDC_CLIENT_SECRET together");
  }
  if (groups.length === 0) {
    throw new Error("Sign-in by OIDC_ISSUER needs OIDC_GROUPS: without it nobody would be anybody");
  }
  const redirectUri = `${publicUrl}/sign-in/oidc/callback`;
  const groupsClaim = config.OIDC_GROUPS_CLAIM;
  const provider = createOidc({ issuer, clientId, clientSecret, redirectUri, groupsClaim });
  return { name: config.OIDC_NAME, provider, groups };
}
