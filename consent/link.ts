import type { ConsentLink } from "../sql/consent-links.ts";
import type { DeadReason } from "./words.ts";

/** A proof that we made a link, by a key outside the database, and its check. */
export type LinkSigner = Readonly<{
  sign(text: string): string;
  isSigned(text: string, signature: string): boolean;
}>;

/** What a signed address names: an invitation by its id, or somebody's own page by their short id. */
type LinkKind = "consent" | "sharing";

/** What is signed: nothing else we sign reads like it. */
const textOf = (kind: LinkKind, subject: string) => `${kind}:${subject}`;

/** The address of an invitation. Its secret stands in the query, which no log of ours holds. */
export const consentUrl = (publicUrl: string, linkId: string, signer: LinkSigner): string =>
  signedUrl(publicUrl, "consent", linkId, signer);

/** The address where a participant sees what they share and can take it back; it does not expire. */
export const sharingUrl = (publicUrl: string, shortId: string, signer: LinkSigner): string =>
  signedUrl(publicUrl, "sharing", shortId, signer);

function signedUrl(publicUrl: string, kind: LinkKind, subject: string, signer: LinkSigner): string {
  const query = new URLSearchParams({ l: subject, s: signer.sign(textOf(kind, subject)) });
  return `${publicUrl}/${kind}?${query}`;
}

/** Whether an address is one of ours, unaltered. */
export function isOurs(
  kind: LinkKind,
  subject: string,
  signature: string,
  signer: LinkSigner,
): boolean {
  return signer.isSigned(textOf(kind, subject), signature);
}

/** Why an invitation opens nothing now; null where it is good. A withdrawn participant's is ended, whatever it says. */
function deadReason(link: ConsentLink | null, now: Date): DeadReason | null {
  if (link === null) return "not_ours";
  if (link.usedAt !== null) return "used";
  if (link.endedAt !== null || link.state === "withdrawn") return "ended";
  return link.expiresAt <= now ? "expired" : null;
}

/** An invitation that is good now, or why there is none. */
export type Judged =
  | Readonly<{ link: ConsentLink; reason: null }>
  | Readonly<{ link: null; reason: DeadReason }>;

/** An invitation where it is good now. */
export function judgeLink(link: ConsentLink | null, now: Date): Judged {
  const reason = deadReason(link, now);
  return link === null || reason !== null
    ? { link: null, reason: reason ?? "not_ours" }
    : { link, reason: null };
}
