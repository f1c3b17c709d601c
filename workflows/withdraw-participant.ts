import { proxyActivities, setCurrentDetails, sleep } from "@temporalio/workflow";
import type { Activities } from "../activities/index.ts";

const { readWithdrawalWish, endParticipantRuns, eraseWithdrawn, finishWithdrawal } =
  proxyActivities<Activities>({
    startToCloseTimeout: "30 minutes",
    heartbeatTimeout: "20 seconds",
    retry: { initialInterval: "2 seconds", maximumInterval: "5 minutes" },
  });

/** The provider may be away for days; what is to be erased does not wait for it. */
const { endGrant } = proxyActivities<Activities>({
  startToCloseTimeout: "2 minutes",
  heartbeatTimeout: "20 seconds",
  scheduleToCloseTimeout: "3 days",
  retry: { initialInterval: "5 seconds", maximumInterval: "30 minutes" },
});

/** A page that was on its way when the runs were ended is stored by then. */
const LATE_PAGES = "5 minutes";

export type WithdrawParticipant = Readonly<{ study: string; participant: string }>;

/** Counts only; `grantGivenBack` is false where there was none, or the provider would not take it. */
export type WithdrawResult = Readonly<{
  wish: "keep" | "erase" | "none";
  runsEnded: number;
  grantGivenBack: boolean;
  samplesErased: number;
  rowsErased: number;
}>;

/** What is left to do once somebody has withdrawn: runs end, the grant is given back and, if asked for, everything is erased. */
export async function withdrawParticipant(input: WithdrawParticipant): Promise<WithdrawResult> {
  const { study, participant } = input;
  const person = { study, participant };
  const total = { runsEnded: 0, grantGivenBack: false, samplesErased: 0, rowsErased: 0 };
  for (;;) {
    const wish = await readWithdrawalWish(person);
    if (wish === "none") return { wish, ...total };
    await endRuns();
    if (wish === "erase") await erase(false);
    await giveGrantBack();
    if (wish === "erase") {
      setCurrentDetails("Erased; looking again in a few minutes for what was on its way.");
      await sleep(LATE_PAGES);
      await endRuns();
      await erase(true);
    }
    if (await finishWithdrawal({ ...person, did: wish })) return { wish, ...total };
  }

  async function endRuns(): Promise<void> {
    total.runsEnded += (await endParticipantRuns(person)).runs;
  }

  async function erase(last: boolean): Promise<void> {
    const { samples, rows } = await eraseWithdrawn({ ...person, last });
    total.samplesErased += samples;
    total.rowsErased += rows;
  }

  async function giveGrantBack(): Promise<void> {
    try {
      const { given } = await endGrant(person);
      total.grantGivenBack ||= given;
    } catch {
      // Tried for three days: the result and the audit say that it was not given back.
      setCurrentDetails("The provider did not take the grant back.");
    }
  }
}
