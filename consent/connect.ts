import { AuthorizationRevoked } from "../sources/errors.ts";
import type { Authorizer, Grant, Identity, Source } from "../sources/source.ts";
import { connect } from "../sql/connect.ts";
import type { Queryable } from "../sql/pool.ts";
import type { TokenCipher } from "../sql/token-cipher.ts";

export type ConnectDeps = Readonly<{
  db: Queryable;
  source: Pick<Source, "name" | "fetchIdentity" | "missingPermissions">;
  authorizer: Pick<Authorizer, "redeem">;
  cipher: TokenCipher;
}>;

/** What the provider sent back with the participant. */
export type Consented = Readonly<{ code: string; redirectUri: string; codeVerifier?: string }>;

/** A grant and whose account it is; null where the account is not linked to the provider's own service yet. */
export type Redeemed = Readonly<{ grant: Grant; identity: Identity | null }>;

/** What a consent brings: redeems its code, asks whose account it is, and stores the grant encrypted. */
export async function connectParticipant(
  deps: ConnectDeps,
  participantId: number,
  consented: Consented,
): Promise<void> {
  await storeGrant(deps, participantId, await redeem(deps, consented));
}

/** Redeems a code and asks whose account it opens; nothing is stored. Throws the classes of sources/errors.ts. */
export async function redeem(
  { source, authorizer }: Pick<ConnectDeps, "source" | "authorizer">,
  { code, ...rest }: Consented,
): Promise<Redeemed> {
  const grant = await authorizer.redeem(code, rest);
  try {
    return { grant, identity: await source.fetchIdentity(grant.accessToken) };
  } catch (error) {
    const isUnlinked =
      error instanceof AuthorizationRevoked && error.evidence === "account_not_linked";
    if (isUnlinked) return { grant, identity: null };
    throw error;
  }
}

/** Stores a redeemed grant in place of the one before; false where the invitation it came by is not good any more. */
export async function storeGrant(
  { db, source, cipher }: Pick<ConnectDeps, "db" | "cipher" | "source">,
  participantId: number,
  { grant, identity }: Redeemed,
  link: Readonly<{ id: string; at: Date }> | null = null,
): Promise<boolean> {
  const stored = {
    sealed: cipher.seal(grant, participantId),
    scopes: grant.scopes,
    missing: source.missingPermissions(grant.scopes),
    accessExpiresAt: grant.expiresAt,
    grantExpiresAt: grant.grantExpiresAt,
    providerUserId: identity?.providerUserId ?? null,
    legacyUserId: identity?.legacyUserId ?? null,
  };
  return connect(db, participantId, source.name, stored, link);
}
