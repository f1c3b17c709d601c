import {
  condition,
  continueAsNew,
  defineSignal,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  sleep,
} from "@temporalio/workflow";
import type { Activities } from "../activities/index.ts";

/**
 * A worker that dies while it sends must not leave the message hanging: the next attempt finds it claimed and calls
 * it unknown. Only the database is tried again and again; the mail itself is handed over once.
 */
const { sendMessage, readEffect } = proxyActivities<Activities>({
  startToCloseTimeout: "1 minute",
  retry: { initialInterval: "2 seconds", backoffCoefficient: 2, maximumInterval: "1 minute" },
});

/** Held for days, a message is looked at often: after so many looks its history begins anew. */
const MOST_LOOKS = 100;

const takenBack = defineSignal("takenBack");

export type ContactParticipant = Readonly<{ study: string; participant: string; message: string }>;

/** How it ended, and whether what it asked for followed; null where that was not looked at. */
export type ContactResult = Readonly<{
  outcome: string;
  detail: string;
  followedWithin24h: boolean | null;
  followedWithin48h: boolean | null;
}>;

/** One message to one participant: undo window, quiet hours, everything asked again, sent once, effect after two days. */
export async function contactParticipant(input: ContactParticipant): Promise<ContactResult> {
  const { participant, message } = input;
  let isTakenBack = false;
  setHandler(takenBack, () => {
    isTakenBack = true;
  });
  let looks = 0;
  let sent = await look();
  while (sent.outcome === "wait") {
    if (looks >= MOST_LOOKS) await continueAsNew<typeof contactParticipant>(input);
    setCurrentDetails(`Waiting: ${sent.detail}.`);
    await condition(() => isTakenBack, sent.waitMs);
    sent = await look();
  }
  const { outcome, detail } = sent;
  setCurrentDetails(`${outcome}: ${detail}.`);
  if (outcome !== "accepted" && outcome !== "unknown") {
    return { outcome, detail, followedWithin24h: null, followedWithin48h: null };
  }
  const followedWithin24h = await effectAfter(24);
  const followedWithin48h = await effectAfter(48);
  return { outcome, detail, followedWithin24h, followedWithin48h };

  function look() {
    looks += 1;
    return sendMessage.executeWithOptions({ summary: `${participant}: look at the message` }, [
      { message },
    ]);
  }

  async function effectAfter(hours: 24 | 48): Promise<boolean | null> {
    await sleep("24 hours");
    return readEffect.executeWithOptions({ summary: `${participant}: effect after ${hours} h` }, [
      { message, hours },
    ]);
  }
}
