import { randomUUID } from "node:crypto";
import type { Mailer } from "../mail/mailer.ts";
import { checkMail } from "../mail/mailer.ts";
import type { DigestStudy } from "../messages/digest.ts";
import { renderDigest } from "../messages/digest.ts";
import { readDigest } from "../messages/read-digest.ts";
import type { DigestReader } from "../sql/digests.ts";
import { claimDigest, listDigestReaders, readDigestDay, settleDigest } from "../sql/digests.ts";
import type { Queryable } from "../sql/pool.ts";
import type { FailureLog } from "./failure.ts";
import { whileBeating } from "./heartbeat.ts";

export type DigestDeps = Readonly<{
  db: Queryable;
  mailer: Mailer;
  publicUrl: string;
  log: FailureLog;
}>;

/** Counts of one round. `waiting`: certainly not sent, and to be tried again. */
export type DigestsSent = Readonly<{
  day: string;
  readers: number;
  sent: number;
  before: number;
  failed: number;
  unknown: number;
  waiting: number;
}>;

const counted = {
  accepted: "sent",
  rejected: "failed",
  unknown: "unknown",
  retry: "waiting",
} as const;
const settled = {
  accepted: "accepted",
  rejected: "failed",
  unknown: "unknown",
  retry: "queued",
} as const;

/** The daily digest to who works on a study: counts and links, once a person and day. */
export function createDigestActivities(deps: DigestDeps) {
  const { db, log } = deps;
  return {
    /** Sends what has not been sent; `day` is the day of an earlier round, which this one goes on with. */
    sendDigests: ({ day }: Readonly<{ day: string | null }>): Promise<DigestsSent> =>
      whileBeating(log, async () => {
        const of = day ?? (await readDigestDay(db));
        const waitsFor = await readDigest(db, deps.publicUrl);
        const readers = await listDigestReaders(db);
        const total = { sent: 0, before: 0, failed: 0, unknown: 0, waiting: 0 };
        for (const reader of readers)
          total[await sendOne(deps, reader, of, waitsFor(reader.site))] += 1;
        return { day: of, readers: readers.length, ...total };
      }),
  };
}

async function sendOne(
  { db, mailer, publicUrl }: DigestDeps,
  { staffId, email }: DigestReader,
  day: string,
  studies: readonly DigestStudy[],
): Promise<keyof Omit<DigestsSent, "day" | "readers">> {
  const text = renderDigest(studies, publicUrl);
  const claimed = await claimDigest(db, { staffId, day, key: randomUUID() }, text);
  if (claimed === null) return "before";
  const mail = { ...claimed, to: { email, name: "" }, unsubscribeUrl: null };
  const fault = checkMail(mail);
  // From the claim on bytes may leave: it is not sent a second time by itself.
  const outcome =
    fault === null ? await mailer.send(mail) : ({ status: "rejected", reason: fault } as const);
  await settleDigest(db, claimed.key, {
    status: settled[outcome.status],
    reason: "reason" in outcome ? outcome.reason : "",
    mailer: mailer.name,
  });
  return counted[outcome.status];
}
