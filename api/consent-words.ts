import type { ConsentHappening } from "../sql/consent-events.ts";
import type { ConsentLink } from "../sql/consent-links.ts";
import { PARTICIPANT } from "../sql/consent-links.ts";
import { utcMinute } from "./set-up-view.ts";
import type { Chip } from "./words.ts";

/** What staff call what a participant can share. */
const things: Readonly<Record<string, string>> = {
  heart: "heart rate",
  activity: "activity",
  sleep: "sleep",
  device: "devices, last sync and time zone",
};

const thingWords = (missing: readonly string[]): string =>
  missing.map((thing) => things[thing] ?? thing).join(", ");

const happenings: Readonly<Record<ConsentHappening, string>> = {
  denied: "Said no at Google; nothing was shared",
  failed: "Google did not finish; nothing was shared",
  account_in_use:
    "Chose a Google account that another participant of the study is connected by: refused",
  other_account: "Chose another Google account than before: refused",
  granted: "Granted everything the study asks for",
  granted_partly: "Granted a part; left out",
  not_linked: "Consented, but the Google account holds no tracker yet",
  old_grant_replaced: "The grant before was replaced",
  taken_back: "Took the grant back",
};

export function happeningWords(what: ConsentHappening, missing: readonly string[]): string {
  const words = happenings[what];
  return what === "granted_partly" ? `${words}: ${thingWords(missing)}` : words;
}

/** Where an invitation stands, and what is known of it besides. */
export function linkWords(link: ConsentLink, now: Date): Readonly<{ chip: Chip; detail: string }> {
  const { openedAt, expiresAt, otherAccount, madeBy } = link;
  const said = [
    madeBy === PARTICIPANT
      ? "made by their own visit, to grant what was left out"
      : `made by ${madeBy}`,
    openedAt === null ? "not opened" : `opened ${utcMinute(openedAt)}`,
    `good until ${utcMinute(expiresAt)}`,
    ...(otherAccount ? ["for a new Google account"] : []),
  ];
  return { chip: chipOf(link, now), detail: said.join(" · ") };
}

function chipOf({ usedAt, endedAt, expiresAt, state, openedAt }: ConsentLink, now: Date): Chip {
  if (usedAt !== null) return { tone: "ok", words: "Used" };
  if (endedAt !== null || state === "withdrawn") return { tone: "quiet", words: "Ended" };
  if (expiresAt <= now) return { tone: "quiet", words: "Expired" };
  return openedAt === null
    ? { tone: "warn", words: "Waiting" }
    : { tone: "warn", words: "Opened, not used" };
}
