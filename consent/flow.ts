import { createHash, randomUUID } from "node:crypto";
import type { GoogleAuthorizer } from "../sources/google-health/oauth.ts";
import { SCOPES } from "../sources/google-health/permissions.ts";
import type { Permission, Source } from "../sources/source.ts";
import { writeAudit } from "../sql/audit.ts";
import { readConnection } from "../sql/connections.ts";
import type { ConsentHappening } from "../sql/consent-events.ts";
import { isAccountInUse, noteConsent, readStanding } from "../sql/consent-events.ts";
import type { ConsentLink } from "../sql/consent-links.ts";
import { makeConsentLink, PARTICIPANT } from "../sql/consent-links.ts";
import type { Queryable } from "../sql/pool.ts";
import type { TokenCipher } from "../sql/token-cipher.ts";
import type { Redeemed } from "./connect.ts";
import { redeem, storeGrant } from "./connect.ts";
import { followAccount } from "./follow-account.ts";
import type { LinkSigner } from "./link.ts";

export type ConsentDeps = Readonly<{
  db: Queryable;
  source: Pick<Source, "name" | "fetchIdentity" | "fetchDevices" | "missingPermissions">;
  authorizer: Pick<GoogleAuthorizer, "redeem" | "consentUrl" | "revoke">;
  cipher: TokenCipher;
  signer: LinkSigner;
  clock: () => Date;
  log: Readonly<{ warn(fields: Readonly<Record<string, unknown>>, message: string): void }>;
  /** Where the provider sends the participant back to; registered there. */
  redirectUri: string;
}>;

/** How a consent ended. `spent`: the invitation was used or ended while the participant was at the provider. */
export type ConsentOutcome = Readonly<{
  what: Exclude<ConsentHappening, "denied" | "old_grant_replaced" | "taken_back"> | "spent";
  missing: readonly Permission[];
}>;

/** What only we know of somebody at the provider, and can know again by their state alone: nothing of it is stored. */
const verifierOf = (state: string, signer: LinkSigner) => signer.sign(`pkce:${state}`);

/** The provider's consent page for somebody who carries this state. */
export function providerUrl(
  { authorizer, signer, redirectUri }: ConsentDeps,
  state: string,
): string {
  const verifier = verifierOf(state, signer);
  const codeChallenge = createHash("sha256").update(verifier).digest("base64url");
  return authorizer.consentUrl({ redirectUri, state, scopes: SCOPES, codeChallenge });
}

/**
 * Takes what the provider sent back: redeems the code, sees that it is the account it should be, and puts the grant in
 * the place of the one before. Everything it can end with is an outcome; it throws only what is our own fault.
 */
export async function finishConsent(
  deps: ConsentDeps,
  link: ConsentLink,
  back: Readonly<{ code: string; state: string }>,
): Promise<ConsentOutcome> {
  const redeemed = await redeemOrNull(deps, back);
  if (redeemed === null) return note(deps, link, "failed");
  const refusal = await refusalOf(deps, link, redeemed);
  if (refusal !== null) return note(deps, link, refusal);
  const before = await readConnection(deps.db, link.participantId, deps.source.name);
  const at = deps.clock();
  const isStored = await storeGrant(deps, link.participantId, redeemed, { id: link.id, at });
  if (!isStored) return { what: "spent", missing: [] };
  if (before?.sealed) await note(deps, link, "old_grant_replaced");
  const missing = deps.source.missingPermissions(redeemed.grant.scopes);
  if (missing.length > 0) await inviteAgain(deps, link);
  await followAccount(deps, link, redeemed.grant.accessToken);
  await writeAudit(deps.db, {
    actor: PARTICIPANT,
    action: "consent.give",
    entity: link.shortId,
    reason: "at the provider's consent page",
    detail: { missing },
  });
  return note(deps, link, whatOf(redeemed, missing), missing);
}

/** One day to grant what was left out, without asking anybody for a link. */
async function inviteAgain(
  { db, clock }: ConsentDeps,
  { participantId }: ConsentLink,
): Promise<void> {
  const at = clock();
  const expiresAt = new Date(at.getTime() + 86_400_000);
  await makeConsentLink(
    db,
    { id: randomUUID(), participantId, at, expiresAt },
    { by: PARTICIPANT, why: "a permission was left out a moment ago" },
  );
}

function whatOf({ identity }: Redeemed, missing: readonly Permission[]) {
  if (identity === null) return "not_linked";
  return missing.length === 0 ? "granted" : "granted_partly";
}

async function note(
  { db, clock }: ConsentDeps,
  { id, participantId }: ConsentLink,
  what: ConsentHappening & (ConsentOutcome["what"] | "old_grant_replaced"),
  missing: readonly Permission[] = [],
): Promise<ConsentOutcome> {
  await noteConsent(db, { participantId, linkId: id, at: clock(), what, missing });
  return { what: what === "old_grant_replaced" ? "granted" : what, missing };
}

/** Null where the provider does not give a grant for the code, or does not say whose it is. */
async function redeemOrNull(
  deps: ConsentDeps,
  { code, state }: Readonly<{ code: string; state: string }>,
): Promise<Redeemed | null> {
  const { redirectUri, signer, log } = deps;
  try {
    return await redeem(deps, { code, redirectUri, codeVerifier: verifierOf(state, signer) });
  } catch (error) {
    log.warn({ error: error instanceof Error ? error.name : "?" }, "a consent was not redeemed");
    return null;
  }
}

/** Why this account may not be connected: somebody else's data would be stored as this participant's. */
async function refusalOf(
  { db, source }: ConsentDeps,
  { participantId, otherAccount }: ConsentLink,
  { identity }: Redeemed,
): Promise<"account_in_use" | "other_account" | null> {
  if (identity === null) return null;
  const { providerUserId, legacyUserId } = identity;
  if (await isAccountInUse(db, participantId, source.name, providerUserId)) return "account_in_use";
  const known = await readStanding(db, participantId, source.name);
  if (otherAccount || known === null || known.providerUserId === null) return null;
  const isSame =
    known.providerUserId === providerUserId ||
    (legacyUserId !== null && known.legacyUserId === legacyUserId);
  return isSame ? null : "other_account";
}
