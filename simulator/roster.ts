import type { Tokens } from "./oauth/tokens.ts";
import type { Participant } from "./participant.ts";

/** What a coordinator knows of an enrolled participant, and the code that their consent brought. */
export type RosterEntry = Readonly<{
  participant: string;
  timeZone: string;
  enrolledOn: string;
  arm: string;
  site: string;
  /** An authorization code that never expires and may be used again. */
  code: string;
  healthUserId: string;
}>;

/** The roster; of a seed and an epoch always the same bytes. */
export function createRoster(
  participants: Iterable<Participant>,
  tokens: Tokens,
): readonly RosterEntry[] {
  return Array.from(participants, (participant) => ({
    participant: participant.id,
    timeZone: participant.zone.name,
    enrolledOn: participant.enrolledOn,
    arm: participant.arm,
    site: participant.site,
    code: tokens.sign({
      kind: "code",
      participant: participant.id,
      scope: participant.grantedScopes.join(" "),
      grant: `${participant.id}/roster`,
      offline: true,
    }),
    healthUserId: participant.healthUserId,
  }));
}
