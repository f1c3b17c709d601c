import {
  condition,
  defineSignal,
  proxyActivities,
  setCurrentDetails,
  setHandler,
} from "@temporalio/workflow";
import type { Activities } from "../activities/index.ts";

/** Each message is reserved, made and queued under one id: a turn that is tried again writes nobody twice. */
const { pickForCampaign, takeCampaignTurn, finishCampaign } = proxyActivities<Activities>({
  startToCloseTimeout: "10 minutes",
  heartbeatTimeout: "20 seconds",
  retry: { initialInterval: "2 seconds", maximumInterval: "5 minutes" },
});

/** Thirty days: an invitation, a week, a reminder, and the fortnight for which its link is good. */
const ROUNDS = 120;
const BETWEEN_ROUNDS = "6 hours";

/** Somebody has stopped the campaign, in the database; here it need not wait to find out. */
const stopped = defineSignal("stopped");

export type ReconsentCampaign = Readonly<{ study: string; campaign: number }>;

/** Counts only. */
export type CampaignResult = Readonly<{
  picked: number;
  invited: number;
  reminded: number;
  undecided: number;
  end: "everybody decided" | "over" | "stopped";
}>;

/** Asks everybody of a study for consent who never gave it or whose grant lapsed: one invitation, one reminder at most. */
export async function reconsentCampaign(input: ReconsentCampaign): Promise<CampaignResult> {
  let isWoken = false;
  setHandler(stopped, () => {
    isWoken = true;
  });
  const { picked } = await pickForCampaign(input);
  const total = { picked, invited: 0, reminded: 0, undecided: picked };
  for (let round = 1; round <= ROUNDS; round += 1) {
    // Before the round: whoever stops it meanwhile is not waited out.
    isWoken = false;
    if (await isStopped()) return { ...total, end: "stopped" };
    setCurrentDetails(`${total.undecided} of ${picked} have not decided yet.`);
    if (total.undecided === 0) break;
    await condition(() => isWoken, BETWEEN_ROUNDS);
  }
  const { stopped: wasStopped } = await finishCampaign(input);
  if (wasStopped) return { ...total, end: "stopped" };
  return { ...total, end: total.undecided === 0 ? "everybody decided" : "over" };

  /** A round: everybody whose turn it is, some at a time. */
  async function isStopped(): Promise<boolean> {
    const roundFrom = new Date().toISOString();
    for (;;) {
      const turn = await takeCampaignTurn({ ...input, roundFrom });
      if (turn.ended) return true;
      total.invited += turn.invited;
      total.reminded += turn.reminded;
      total.undecided = turn.undecided;
      if (!turn.more) return false;
    }
  }
}
