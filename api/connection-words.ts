import type { ConnectionStatus } from "../sql/connections.ts";
import { ENDING_WITHIN_DAYS } from "../sql/ending-grants.ts";
import type { ParticipantState } from "../sql/participants.ts";
import { dayInWords, relativeTime } from "./format.ts";
import type { Chip } from "./words.ts";

/** What a connection's state means for everybody, each in a sentence. */
export type ConnectionMeaning = Readonly<{ stops: string; goesOn: string; whoActs: string }>;

const INVITE =
  "make a consent link on this participant's consent page, or send the message with one";

const meanings: Readonly<Record<ConnectionStatus, ConnectionMeaning>> = {
  active: {
    stops: "Nothing.",
    goesOn: "Everything the study asks for is read.",
    whoActs: "Nobody.",
  },
  scope_missing: {
    stops: "What was not granted is not read, and no message that rests on it is sent.",
    goesOn: "Everything that was granted is read.",
    whoActs: `The participant, with a link from you: ${INVITE}.`,
  },
  reconsent_needed: {
    stops: "Nothing is asked of Google any more. Days that are not final stay open.",
    goesOn:
      "What was stored stays and is shown. The tracker goes on recording: once consent is given again, every open day is read that Google still has.",
    whoActs: `The participant, with a link from you: ${INVITE}.`,
  },
  not_linked: {
    stops: "Nothing can be read: the Google account holds no tracker yet.",
    goesOn: "It is asked again once a day, and reading begins by itself once it is linked.",
    whoActs:
      "The participant: open the Fitbit app and sign in with the Google account they consented with.",
  },
  revoked: {
    stops: "Nothing is asked of Google any more, and our key to the account is deleted.",
    goesOn: "What was stored stays and is shown.",
    whoActs:
      "The participant decided so, and no message asks them again. Talk to them before you invite them again, with a link from their consent page; if they want to leave the study, withdraw them.",
  },
};

const NONE: ConnectionMeaning = {
  stops: "Nothing is read: consent was never given.",
  goesOn: "The days from enrolment on are read once it is.",
  whoActs: `You: ${INVITE}.`,
};

/** What stops, what goes on and who must act in this state of a connection; null for somebody who never consented. */
export function connectionMeaning(
  status: ConnectionStatus | null,
  state: ParticipantState,
): ConnectionMeaning {
  if (state === "withdrawn")
    return {
      stops: "Nothing is read: they have left the study.",
      goesOn: "What was stored stays and is shown.",
      whoActs: "Nobody. No link of theirs opens any more.",
    };
  const meaning = status === null ? NONE : meanings[status];
  if (status !== "active" || state === "active" || state === "completed") return meaning;
  return {
    ...meaning,
    goesOn: `Consent is given, but they are ${state}: nothing is fetched.`,
    whoActs: `You, when their time comes: ${state === "invited" ? "activate" : "resume"} them.`,
  };
}

const DAY_MS = 86_400_000;

/** That a grant is about to end by itself, while there is time, or has ended unnoticed; empty otherwise. */
export function endingWords(endsAt: Date | null, now: Date): string {
  if (endsAt === null) return "";
  const left = endsAt.getTime() - now.getTime();
  if (left > ENDING_WITHIN_DAYS * DAY_MS) return "";
  const day = dayInWords(endsAt.toISOString().slice(0, 10), "long");
  return left <= 0
    ? `The grant has ended on ${day}: Google will refuse it. Invite them again.`
    : `The grant ends on ${day} unless it is given again: invite them now, or write to them about it.`;
}

/** The same beside somebody's state; null where there is nothing to say. */
export function endingChip(endsAt: Date | null, now: Date): Chip | null {
  if (endingWords(endsAt, now) === "" || endsAt === null) return null;
  return endsAt <= now
    ? { tone: "bad", words: "Consent has ended" }
    : { tone: "warn", words: `Consent ends ${relativeTime(endsAt, now)}` };
}
