import { writeAudit } from "../sql/audit.ts";
import { revokeConnection } from "../sql/connect.ts";
import { readConnection } from "../sql/connections.ts";
import { noteConsent } from "../sql/consent-events.ts";
import type { Participant } from "../sql/participants.ts";
import type { ConsentDeps } from "./flow.ts";

/**
 * The participant takes their grant back. Here it ends at once and whatever the provider says; `atProvider` tells
 * whether the provider has ended it too, or the participant should do that there. Null where nothing was shared.
 */
export async function takeBack(
  deps: ConsentDeps,
  person: Pick<Participant, "id" | "shortId">,
): Promise<Readonly<{ atProvider: boolean }> | null> {
  const { db, source, clock } = deps;
  const { id: participantId, shortId } = person;
  const before = await readConnection(db, participantId, source.name);
  const at = clock();
  if (!(await revokeConnection(db, participantId, source.name, at))) return null;
  await noteConsent(db, { participantId, linkId: null, at, what: "taken_back" });
  await writeAudit(db, {
    actor: "participant",
    action: "consent.take_back",
    entity: shortId,
    reason: "on their own page",
  });
  if (!before?.sealed) return { atProvider: false };
  try {
    await deps.authorizer.revoke(deps.cipher.open(before.sealed, participantId));
    return { atProvider: true };
  } catch (error) {
    const name = error instanceof Error ? error.name : "?";
    deps.log.warn({ error: name }, "a grant was taken back here, and not at the provider");
    return { atProvider: false };
  }
}
