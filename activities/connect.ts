import type { Authorizer, Source } from "../sources/source.ts";
import { connect } from "../sql/connections.ts";
import type { Queryable } from "../sql/pool.ts";
import type { TokenCipher } from "../sql/token-cipher.ts";

export type ConnectDeps = Readonly<{
  db: Queryable;
  source: Pick<Source, "name" | "fetchIdentity">;
  authorizer: Authorizer;
  cipher: TokenCipher;
}>;

/** What a consent brings: redeems its code, asks whose account it is, and stores the grant encrypted. */
export async function connectParticipant(
  { db, source, authorizer, cipher }: ConnectDeps,
  participantId: number,
  consent: Readonly<{ code: string; redirectUri: string }>,
): Promise<void> {
  const grant = await authorizer.redeem(consent.code, { redirectUri: consent.redirectUri });
  const { providerUserId } = await source.fetchIdentity(grant.accessToken);
  await connect(db, participantId, source.name, {
    sealed: cipher.seal(grant, participantId),
    scopes: grant.scopes,
    accessExpiresAt: grant.expiresAt,
    grantExpiresAt: grant.grantExpiresAt,
    providerUserId,
  });
}
