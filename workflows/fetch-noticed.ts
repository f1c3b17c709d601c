import { defineSignal, proxyActivities, setHandler, sleep } from "@temporalio/workflow";
import type { Activities } from "../activities/index.ts";

/** Without this run the participant is read all the same, a day later at the latest: it is not tried for ever. */
const { claimNoticedRun, triggerNoticedRun } = proxyActivities<Activities>({
  startToCloseTimeout: "1 minute",
  retry: { initialInterval: "2 seconds", maximumInterval: "5 minutes", maximumAttempts: 20 },
});

/** Another notification came. */
const noticed = defineSignal("noticed");

export type FetchNoticed = Readonly<{ study: string; participant: string }>;

/**
 * A notification came within 15 minutes of a reading for one: the reading that follows, once the 15 minutes are over.
 * Whatever comes meanwhile is in it; what comes while it is triggered has one more.
 */
export async function fetchNoticed(input: FetchNoticed): Promise<Readonly<{ triggered: number }>> {
  let isNoticed = true;
  setHandler(noticed, () => {
    isNoticed = true;
  });
  let triggered = 0;
  while (isNoticed) {
    isNoticed = false;
    const { waitMs } = await claimNoticedRun(input);
    if (waitMs === null) break;
    if (waitMs > 0) {
      await sleep(waitMs);
      isNoticed = true;
    } else if ((await triggerNoticedRun(input)).triggered) triggered += 1;
  }
  return { triggered };
}
