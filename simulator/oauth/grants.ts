import { createHash } from "node:crypto";
import type { Claims, Tokens } from "./tokens.ts";

const ACCESS_SECONDS = 3599;

/** What was used up or revoked since the start. Kept in memory: a restart forgets it. */
export type Grants = Readonly<{
  revoke: (grant: string) => void;
  /** The participant takes back at the provider whatever was granted before an instant. */
  revokeAll: (participant: string, before: number) => void;
  isRevoked: (grant: string) => boolean;
  /** False where the code was used before. */
  useCode: (code: string) => boolean;
}>;

export function createGrants(): Grants {
  const revoked = new Set<string>();
  const used = new Set<string>();
  const takenBack = new Map<string, number>();
  return {
    revoke: (grant) => void revoked.add(grant),
    revokeAll: (participant, before) =>
      void takenBack.set(participant, Math.max(before, takenBack.get(participant) ?? 0)),
    isRevoked: (grant) => {
      const [participant = "", given] = grant.split("/");
      // A roster's code stands for the consent at enrolment, long before anything is taken back.
      const givenAt = given === "roster" ? 0 : Number(given);
      return revoked.has(grant) || givenAt < (takenBack.get(participant) ?? 0);
    },
    useCode: (code) => {
      const first = !used.has(code);
      used.add(code);
      return first;
    },
  };
}

/** Google's token reply; a refresh reply holds no refresh_token. */
export function tokenReply(
  tokens: Tokens,
  { participant, scope, grant, generation }: Claims,
  now: number,
  withRefreshToken: boolean,
): Readonly<Record<string, unknown>> {
  const claims = { participant, scope, grant, ...(generation !== undefined && { generation }) };
  return {
    access_token: tokens.sign({
      ...claims,
      kind: "access",
      expiresAt: now + ACCESS_SECONDS * 1000,
    }),
    expires_in: ACCESS_SECONDS,
    ...(withRefreshToken && { refresh_token: tokens.sign({ ...claims, kind: "refresh" }) }),
    scope,
    token_type: "Bearer",
  };
}

/** The PKCE challenge (S256) of a verifier. */
export function challengeOf(verifier: string): string {
  return createHash("sha256").update(verifier).digest("base64url");
}
