import { setTimeout as wait } from "node:timers/promises";
import { AuthorizationRevoked, SourceUnavailable } from "../sources/errors.ts";
import type { Authorizer, Grant } from "../sources/source.ts";
import type { Connection } from "../sql/connections.ts";
import {
  leaseRefresh,
  readConnection,
  releaseRefresh,
  storeRefreshed,
} from "../sql/connections.ts";
import type { Queryable } from "../sql/pool.ts";
import type { TokenCipher } from "../sql/token-cipher.ts";

export type GrantDeps = Readonly<{
  db: Queryable;
  source: string;
  authorizer: Authorizer;
  cipher: TokenCipher;
  clock: () => Date;
}>;

export type Grants = Readonly<{
  /** Runs `use` with a working access token; a refused one is refreshed and tried once more. */
  withAccessToken<Result>(
    participantId: number,
    use: (accessToken: string) => Promise<Result>,
  ): Promise<Result>;
}>;

/** A token is renewed this long before it ends, so that it does not end under way. */
const EARLY_SECONDS = 120;
const LEASE_SECONDS = 45;
const PAUSE_MS = 200;

/**
 * Access tokens by participant. One refresh at a time per connection, by a lease on the row: HTTP happens
 * outside any transaction, the result is stored by compare-and-set on the version, losers read again.
 */
export function createGrants(deps: GrantDeps): Grants {
  return {
    async withAccessToken(participantId, use) {
      const first = await freshGrant(deps, participantId, null);
      try {
        return await use(first.grant.accessToken);
      } catch (error) {
        if (!isTokenRefused(error)) throw error;
        const second = await freshGrant(deps, participantId, first.tokenVersion);
        return await use(second.grant.accessToken);
      }
    },
  };
}

type Held = Readonly<{ grant: Grant; tokenVersion: number }>;

/** A grant that works now; `refusedVersion` names a version the source has just refused. */
async function freshGrant(
  deps: GrantDeps,
  participantId: number,
  refusedVersion: number | null,
): Promise<Held> {
  const giveUpAt = Date.now() + 2 * LEASE_SECONDS * 1000;
  while (Date.now() < giveUpAt) {
    const connection = await readConnection(deps.db, participantId, deps.source);
    const held = hold(deps, participantId, connection);
    if (held.tokenVersion !== refusedVersion && !endsSoon(held.grant, deps.clock())) return held;
    const refreshed = await refreshOnce(deps, participantId, held);
    if (refreshed) return refreshed;
    await wait(PAUSE_MS);
  }
  throw new SourceUnavailable("The access token could not be renewed in time; another try follows");
}

function hold({ cipher }: GrantDeps, participantId: number, connection: Connection | null): Held {
  if (connection === null || connection.sealed === null) {
    throw new AuthorizationRevoked("No grant is stored; consent is needed", {
      evidence: "invalid_grant",
    });
  }
  return {
    grant: cipher.open(connection.sealed, participantId),
    tokenVersion: connection.tokenVersion,
  };
}

/** Refreshes if the lease is ours; null tells the caller to read again. */
async function refreshOnce(
  deps: GrantDeps,
  participantId: number,
  held: Held,
): Promise<Held | null> {
  const { db, source, authorizer } = deps;
  const { tokenVersion } = held;
  const lease = { tokenVersion, seconds: LEASE_SECONDS };
  if (!(await leaseRefresh(db, participantId, source, lease))) return null;
  try {
    const grant = await authorizer.refresh(held.grant);
    const stored = await storeRefreshed(db, participantId, source, {
      sealed: deps.cipher.seal(grant, participantId),
      scopes: grant.scopes,
      accessExpiresAt: grant.expiresAt,
      grantExpiresAt: grant.grantExpiresAt,
      tokenVersion,
    });
    return stored ? { grant, tokenVersion: tokenVersion + 1 } : null;
  } catch (error) {
    await releaseRefresh(db, participantId, source, tokenVersion);
    if (await wasReplaced(deps, participantId, tokenVersion)) return null;
    throw error;
  }
}

/** Whether someone stored a newer grant meanwhile: then a refusal of the old one proves nothing. */
async function wasReplaced(
  deps: GrantDeps,
  participantId: number,
  version: number,
): Promise<boolean> {
  const connection = await readConnection(deps.db, participantId, deps.source);
  return connection?.tokenVersion !== version;
}

function endsSoon({ expiresAt }: Grant, now: Date): boolean {
  return expiresAt.getTime() - now.getTime() < EARLY_SECONDS * 1000;
}

function isTokenRefused(error: unknown): boolean {
  return error instanceof AuthorizationRevoked && error.evidence === "token_refused";
}
