import { proxyActivities, sleep } from "@temporalio/workflow";
import type { Activities } from "../activities/index.ts";

/** Each digest is claimed on its own: trying the whole again sends none twice. */
const { sendDigests } = proxyActivities<Activities>({
  startToCloseTimeout: "10 minutes",
  heartbeatTimeout: "20 seconds",
  retry: { initialInterval: "5 seconds", maximumInterval: "5 minutes", maximumAttempts: 10 },
});

/** A mail server that is away is asked again for most of the day; after that the next digest says the same. */
const ROUNDS = 40;

/** Counts only. */
export type DigestResult = Readonly<{
  day: string;
  readers: number;
  sent: number;
  failed: number;
  unknown: number;
  neverSent: number;
}>;

/** Once a day: how much waits, to everybody who asked to be told. */
export async function dailyDigest(): Promise<DigestResult> {
  let day: string | null = null;
  const total = { sent: 0, failed: 0, unknown: 0 };
  for (let round = 1; ; round += 1) {
    const { readers, waiting, ...found } = await sendDigests({ day });
    day = found.day;
    total.sent += found.sent;
    total.failed += found.failed;
    total.unknown += found.unknown;
    if (waiting === 0 || round === ROUNDS) return { day, readers, ...total, neverSent: waiting };
    await sleep("20 minutes");
  }
}
