import { createPublicKey, createVerify } from "node:crypto";
import { z } from "zod";

/** A report of the provider's about one of our messages. */
export type ProviderReport = Readonly<{
  eventId: string;
  /** Our key of the message. */
  messageKey: string;
  kind: "accepted" | "delivered" | "bounced" | "unsubscribed" | "other";
  at: Date;
  doNotContact: string | null;
}>;

/** Seconds after which a signed report is a replay. */
const REPLAY_SECONDS = 600;

/**
 * Whether SendGrid signed these bytes lately: an ECDSA signature over timestamp and raw body, by the public key of
 * its settings page (base64 DER). A key or signature that is garbage is a no, not an error.
 */
export function isSignedBySendgrid(
  {
    publicKey,
    signature,
    timestamp,
  }: Readonly<{ publicKey: string; signature: string; timestamp: string }>,
  raw: Buffer,
  now: Date,
): boolean {
  const age = Math.abs(now.getTime() / 1000 - Number(timestamp));
  if (!/^\d{9,11}$/.test(timestamp) || age > REPLAY_SECONDS) return false;
  try {
    const key = createPublicKey({
      key: Buffer.from(publicKey, "base64"),
      format: "der",
      type: "spki",
    });
    return createVerify("sha256").update(timestamp).update(raw).verify(key, signature, "base64");
  } catch {
    return false;
  }
}

const Report = z.object({
  sg_event_id: z.string().min(1).max(200),
  event: z.string(),
  timestamp: z.number().int().positive().max(4_102_444_800),
  message_key: z.uuid(),
});
const Reports = z.array(z.unknown()).max(5000);

const kinds: Readonly<Record<string, Pick<ProviderReport, "kind" | "doNotContact">>> = {
  processed: { kind: "accepted", doNotContact: null },
  delivered: { kind: "delivered", doNotContact: null },
  bounce: { kind: "bounced", doNotContact: "the address does not take mail (bounce)" },
  dropped: { kind: "bounced", doNotContact: "the mail provider no longer sends there (dropped)" },
  spamreport: { kind: "unsubscribed", doNotContact: "reported a message as spam" },
  unsubscribe: { kind: "unsubscribed", doNotContact: "unsubscribed" },
  group_unsubscribe: { kind: "unsubscribed", doNotContact: "unsubscribed" },
};

/** The reports in a body; those that are not about a message of ours are left out. Null for what is no list of reports. */
export function readSendgridReports(raw: Buffer): readonly ProviderReport[] | null {
  const list = Reports.safeParse(parse(raw));
  if (!list.success) return null;
  return list.data.flatMap((each) => {
    const report = Report.safeParse(each);
    if (!report.success) return [];
    const { sg_event_id: eventId, event, timestamp, message_key: messageKey } = report.data;
    const meaning = kinds[event] ?? { kind: "other", doNotContact: null };
    return [{ eventId, messageKey, at: new Date(timestamp * 1000), ...meaning }];
  });
}

function parse(raw: Buffer): unknown {
  try {
    return JSON.parse(raw.toString("utf8"));
  } catch {
    return null;
  }
}
