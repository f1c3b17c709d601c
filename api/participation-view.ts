import type { ParticipantHistory, StateVerb } from "../sql/participant-changes.ts";
import { verbsFrom } from "../sql/participant-changes.ts";
import type { Participant } from "../sql/participants.ts";
import type { Withdrawal } from "../sql/withdrawals.ts";
import { relativeTime } from "./format.ts";
import type { Failed, FieldSpec, Form } from "./set-up-form.ts";
import { formView, WHY } from "./set-up-form.ts";
import { utcMinute } from "./set-up-view.ts";
import { stateWords } from "./words.ts";

/** What can be done about somebody's participation on their own page. */
export const PARTICIPATION_VERBS = ["pause", "resume", "withdraw", "erase"] as const;
export type ParticipationVerb = (typeof PARTICIPATION_VERBS)[number];

const participationUrl = (shortId: string, verb: ParticipationVerb) =>
  `/participants/${shortId}/participation/${verb}`;

type About = Readonly<{ title: string; what: readonly string[]; submit: string }>;

const about: Readonly<Record<ParticipationVerb, About>> = {
  pause: {
    title: "Pause",
    what: [
      "Nothing is fetched and nobody writes to them until they are resumed.",
      "Days of the pause are shown as paused; what was measured meanwhile is not fetched later.",
    ],
    submit: "Pause",
  },
  resume: {
    title: "Resume",
    what: ["Fetching goes on from today; schedules follow within 5 minutes."],
    submit: "Resume",
  },
  withdraw: {
    title: "Withdraw",
    what: [
      "This is for good: somebody who has withdrawn cannot come back under the same id.",
      "From this moment on nothing is fetched and nobody writes to them, messages that wait included.",
      "The provider is given the permission back.",
    ],
    submit: "Withdraw",
  },
  erase: {
    title: "Erase",
    what: [
      "Everything measured, all messages, name and address are deleted, and cannot be brought back.",
      "What stays: that they took part, when they joined and left, and the audit. Backups made before hold name and address only under a key that is gone from here.",
    ],
    submit: "Erase everything of",
  },
};

const dataChoice: FieldSpec = {
  name: "data",
  label: "What was measured so far",
  type: "select",
  hint: "Ask the participant, or follow the protocol.",
  options: [
    { value: "", label: "Choose" },
    { value: "keep", label: "Keep it for the study" },
    { value: "erase", label: "Erase everything: measurements, messages, name and address" },
  ],
};

const sureField = (shortId: string): FieldSpec => ({
  name: "sure",
  label: `Write ${shortId} to go on`,
  hint: "So that it is nobody else.",
});

/** Which of these can be done to somebody now. */
function participationVerbs(
  { state }: Pick<Participant, "state">,
  withdrawal: Withdrawal | null,
): readonly ParticipationVerb[] {
  const verbs: readonly StateVerb[] = verbsFrom(state);
  return PARTICIPATION_VERBS.filter((verb) =>
    verb === "erase" ? withdrawal?.wish === "keep" : verbs.includes(verb),
  );
}

/** The page that asks once more before anything is changed. */
export function changeView(
  { shortId, state }: Participant,
  verb: ParticipationVerb,
  failed: Failed | null,
) {
  const { title, what, submit } = about[verb];
  const more = {
    pause: [],
    resume: [],
    withdraw: [dataChoice, sureField(shortId)],
    erase: [sureField(shortId)],
  };
  return {
    shortId,
    heading: `${title} ${shortId}`,
    state: stateWords[state],
    what,
    form: formView(
      {
        id: verb,
        action: participationUrl(shortId, verb),
        submit: `${submit} ${shortId}`,
        fields: [...more[verb], WHY],
      },
      failed,
    ),
  };
}

export type ParticipationView = Readonly<{
  /** What takes a reason only and is done from here. */
  forms: readonly Readonly<{ title: string; form: Form }>[];
  /** What is asked about once more on a page of its own. */
  links: readonly Readonly<{ href: string; words: string }>[];
  withdrawal: string;
  states: readonly Readonly<{ at: string; words: string; by: string; why: string }>[];
  zones: readonly Readonly<{ from: string; timeZone: string }>[];
  /** Who says in which zone the participant lives. */
  zoneNote: string;
}>;

/** Somebody's participation on their page: what became of it, and what can be done by whom may. */
export function participationView(
  person: Participant,
  history: ParticipantHistory,
  withdrawal: Withdrawal | null,
  { mayChange, now }: Readonly<{ mayChange: boolean; now: Date }>,
): ParticipationView {
  const verbs = mayChange ? participationVerbs(person, withdrawal) : [];
  const { shortId } = person;
  const isSimple = (verb: ParticipationVerb) => verb === "pause" || verb === "resume";
  return {
    forms: verbs.filter(isSimple).map((verb) => ({
      title: about[verb].what.join(" "),
      form: changeView(person, verb, null).form,
    })),
    links: verbs
      .filter((verb) => !isSimple(verb))
      .map((verb) => ({
        href: participationUrl(shortId, verb),
        words: `${about[verb].submit} ${shortId}…`,
      })),
    withdrawal: withdrawal === null ? "" : withdrawalWords(withdrawal, now),
    ...historyLines(history),
  };
}

/** The histories of state and zone, newest first, and who says the zone. */
export function historyLines({ states, zones, accountZone }: ParticipantHistory) {
  return {
    states: states.toReversed().map(({ at, from, to, by, why }) => ({
      at: utcMinute(at),
      words:
        from === null ? `Enrolled: ${stateWords[to]}` : `${stateWords[from]} → ${stateWords[to]}`,
      by,
      why,
    })),
    zones: zones.toReversed().map(({ from, timeZone: zone }) => ({
      from: from === null ? "from the beginning" : `from ${utcMinute(from)}`,
      timeZone: zone,
    })),
    zoneNote:
      accountZone === null
        ? "Their account has not told us its zone (nobody consented yet, or settings are withheld): what is entered here holds."
        : `Their account says ${accountZone}; when it says another one, that holds from then on.`,
  };
}

function withdrawalWords(
  { wish, askedAt, doneAt, grantEndedAt, samplesErased, rowsErased }: Withdrawal,
  now: Date,
): string {
  if (doneAt === null) {
    const what =
      wish === "erase" ? "Everything is being erased" : "Fetching and permission are being ended";
    return `${what}; asked for ${relativeTime(askedAt, now)}.`;
  }
  const grant =
    grantEndedAt === null
      ? "there was no permission to give back"
      : "the provider has the permission back";
  if (wish === "keep") return `What was measured is kept; ${grant}.`;
  const counts = `${samplesErased.toLocaleString("en-US")} measurements and ${rowsErased.toLocaleString("en-US")} other rows`;
  return `Everything was erased ${relativeTime(doneAt, now)} (${counts}); ${grant}.`;
}
