import { randomUUID } from "node:crypto";
import { makeDraft, studyOf } from "../messages/draft-message.ts";
import type { Turn } from "../sql/campaign-turns.ts";
import {
  countUndecided,
  listTurns,
  noteLooked,
  pickPeople,
  reserveMessage,
} from "../sql/campaign-turns.ts";
import type { Campaign, CampaignKey } from "../sql/consent-campaigns.ts";
import { cancelWaiting, endCampaign, findCampaign, ITSELF } from "../sql/consent-campaigns.ts";
import { CALL_AFTER, readHold } from "../sql/message-rules.ts";
import { queueMessage } from "../sql/messages.ts";
import { findParticipant } from "../sql/participants.ts";
import { Refusal } from "../sql/refusal.ts";
import type { ContactDeps } from "./contact.ts";
import { whileBeating } from "./heartbeat.ts";

/** So many people a turn: short enough to be tried again as a whole. */
const A_TURN = 25;

export type ReconsentDeps = Omit<ContactDeps, "mailer" | "perMinute" | "perDomain"> &
  Readonly<{ sourceName: string }>;

/** Counts of one turn; `ended`: somebody has stopped the campaign. */
export type CampaignTurn = Readonly<{
  invited: number;
  reminded: number;
  leftOut: number;
  /** Whether others of this round are still to be looked at. */
  more: boolean;
  undecided: number;
  held: boolean;
  ended: boolean;
}>;

const NOTHING = { invited: 0, reminded: 0, leftOut: 0, more: false, held: false, ended: false };

/** What a campaign does: whom it asks, a message to each whose turn it is and who may be written to, and its end. */
export function createReconsentActivities(deps: ReconsentDeps) {
  const { db, log, sourceName } = deps;
  return {
    /** Picks everybody the campaign asks. Again, it changes nothing but for who lapsed meanwhile. */
    pickForCampaign: (key: CampaignKey): Promise<Readonly<{ picked: number }>> =>
      whileBeating(log, async () => ({ picked: await pickPeople(db, key, sourceName) })),

    /** Looks at the next people of a round and queues a message for each who may be written to. */
    takeCampaignTurn: (
      input: CampaignKey & Readonly<{ roundFrom: string }>,
    ): Promise<CampaignTurn> => whileBeating(log, () => takeTurn(deps, input)),

    /** Ends a campaign in which nobody is left to ask, or that has lasted long enough. */
    finishCampaign: (key: CampaignKey): Promise<Readonly<{ stopped: boolean }>> =>
      whileBeating(log, async () => {
        const isOver = await endCampaign(db, key, { by: ITSELF, why: "over" });
        await cancelWaiting(db, key);
        return { stopped: !isOver };
      }),
  };
}

async function takeTurn(
  deps: ReconsentDeps,
  { roundFrom, ...key }: CampaignKey & Readonly<{ roundFrom: string }>,
): Promise<CampaignTurn> {
  const { db, sourceName: source } = deps;
  const campaign = await findCampaign(db, key);
  if (campaign === null || campaign.endedAt !== null) {
    await cancelWaiting(db, key);
    return { ...NOTHING, undecided: 0, ended: true };
  }
  const undecided = () => countUndecided(db, key, source);
  if ((await readHold(db, key.study)) !== null) {
    return { ...NOTHING, undecided: await undecided(), held: true };
  }
  const { settings } = await studyOf(db, key);
  const round = new Date(roundFrom);
  const turns = (
    await listTurns(db, key, { source, settings, roundFrom: round, most: A_TURN })
  ).map(withCall);
  const done = { invited: 0, reminded: 0 };
  for (const turn of turns.filter(({ refusals }) => refusals.length === 0)) {
    if (!(await write(deps, campaign, turn))) continue;
    done[turn.isReminder ? "reminded" : "invited"] += 1;
  }
  // Last: who was looked at and not written to, because this died, is looked at again.
  await noteLooked(db, key, turns, round);
  return {
    ...NOTHING,
    ...done,
    leftOut: turns.length - done.invited - done.reminded,
    more: turns.length === A_TURN,
    undecided: await undecided(),
  };
}

/** Whom messages do not reach is called by a person, here as with the rules. */
function withCall(turn: Turn): Turn {
  if (turn.withoutEffect < CALL_AFTER) return turn;
  return { ...turn, refusals: [...turn.refusals, "call"] };
}

/** Queues one message; false where somebody was quicker, or the campaign has ended. */
async function write(
  deps: ReconsentDeps,
  campaign: Campaign,
  { participant, template, begun }: Turn,
): Promise<boolean> {
  const { db } = deps;
  const person = await findParticipant(db, participant);
  if (person === null) return false;
  const message = begun ?? randomUUID();
  const reserved = await reserveMessage(db, campaign, { participantId: person.id, message });
  if (!reserved) return false;
  const { startedBy: by, campaign: number, study } = campaign;
  try {
    await makeDraft(deps, person, { template, paragraph: "" }, by, message);
    const why = `campaign ${number} of asking for consent`;
    if (!(await queueMessage(db, { id: message, participant }, { by, why }))) return false;
    await deps.startContact({ id: message, participant, study });
    return true;
  } catch (error) {
    if (error instanceof Refusal) return false;
    throw error;
  }
}
