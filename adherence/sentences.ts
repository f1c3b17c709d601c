import type { GapCause } from "../imputation/gap-cause.ts";
import type { DayState } from "./day-state.ts";
import type { GapEvidence } from "./gaps.ts";

/** How a page writes an instant, in the participant's own zone. */
export type Words = (instant: Date) => string;

/** A day as a sentence needs it; `hours` are worn and needed hours in words. */
export type DayTold = Readonly<{
  state: DayState;
  validSoFar: boolean;
  /** The first reading after consent has not come to it. */
  notReadYet: boolean;
  /** It was read whole, and values of it were refused. */
  refused: boolean;
  /** It is the first or the last day of participation, of which only a part counts. */
  atEdge: boolean;
  worn: string;
  needed: string;
  /** Up to when the device has handed over, and until when the device keeps what follows; null where nobody knows. */
  newestAt: Date | null;
  saveUntil: Date | null;
}>;

/** What a day's state means: what happened, whether the data can still be saved, what to do. One or two sentences. */
export function daySentence(day: DayTold, words: Words, now: Date): string {
  const { worn, needed, atEdge } = day;
  const soFar = day.validSoFar ? " It has enough wear to be valid already." : "";
  const sentences: Readonly<Record<DayState, string>> = {
    before_enrolment: atEdge
      ? `Participation began in the course of this day: too little of it was left to be a valid day, so it counts neither way. Worn ${worn}.`
      : "Before participation began: nothing is expected of this day.",
    after_participation: atEdge
      ? `Participation ended in the course of this day, before it could be a valid day, so it counts neither way. Worn ${worn}.`
      : "After participation ended: nothing is expected of this day.",
    withdrawn: "The participant has withdrawn: this day is not read and says nothing about them.",
    paused: "Participation was paused: this day is not read and says nothing about them.",
    not_authorised: `There is no permission to read this day, or it has not been read since permission came back. Nothing is lost at the provider.${soFar} Send a consent link; do not write about wear.`,
    pipeline_fault: `${day.refused ? REFUSED : UNREAD}${soFar} Do not write about wear; whoever runs Wearflow looks.`,
    valid: `Worn ${worn}: a valid day (${needed} or more). Final; nothing to do.`,
    lost: `Part of this day was overwritten on the device before it synced, so nobody knows whether it was worn; ${worn} did arrive and are kept. It cannot be saved any more. Ask for a sync at least every few days.`,
    partial: `Worn ${worn}, less than the ${needed} of a valid day. Final: the device has handed over all of it.`,
    not_worn: "Not worn at all. Final: the device has synced past this day and held nothing of it.",
    unsynced: `The device has not synced since ${since(day, words)}, over 48 h after the day's end.${soFar} ${savable(day, words, now)}`,
    pending: day.notReadYet
      ? "Not read yet: the first reading after consent is under way. Nothing is missing by anybody's fault, and nothing is to be done."
      : `Still open: ${worn} so far.${soFar} It becomes final when the device has synced past its end and it was read twice alike.`,
  };
  return sentences[day.state];
}

const UNREAD =
  "Data of this day is missing by our fault or the provider's, not the participant's. It is read again by itself.";
const REFUSED =
  "The provider told values of this day that cannot be. They were not taken over but kept (in quarantine), so nobody knows whether the device was worn in those minutes.";

function since({ newestAt }: DayTold, words: Words): string {
  return newestAt === null ? "enrolment" : words(newestAt);
}

function savable({ saveUntil }: DayTold, words: Words, now: Date): string {
  if (saveUntil === null) return "Ask the participant to open the app beside the device.";
  if (saveUntil <= now)
    return `Since ${words(saveUntil)} it overwrites the oldest minutes; what is left can be saved by a sync now. Ask the participant to open the app beside the device.`;
  return `The device keeps what it measured for some days: from ${words(saveUntil)} on it is overwritten. Ask the participant to open the app beside the device before then.`;
}

/** A gap as a sentence needs it. */
export type GapTold = Readonly<{
  cause: GapCause;
  startsAt: Date;
  endsAt: Date;
  recoverableUntil: Date | null;
  recoveredAt: Date | null;
  evidence: GapEvidence;
}>;

/** What a gap was, since when, whether it can be saved and until when, and what to do. */
export function gapSentence(gap: GapTold, words: Words, now: Date): string {
  const { recoveredAt, cause } = gap;
  const span = `From ${words(gap.startsAt)} to ${words(gap.endsAt)}`;
  if (recoveredAt !== null)
    return `${span}: was missing (${CAUSE_WORDS[cause]}) and has arrived after all, ${words(recoveredAt)}.`;
  return `${span}: ${WHAT[cause](gap, words, now)}`;
}

/** The causes in two or three words, for legends and lists. */
export const CAUSE_WORDS: Readonly<Record<GapCause, string>> = {
  not_yet_synced: "not synced yet",
  not_worn: "not worn",
  charging: "on the charger",
  battery_empty: "battery empty",
  device_memory_exceeded: "overwritten on the device",
  not_authorised: "no permission",
  source_outage: "provider not available",
  pipeline_fault: "our fault",
  sensor_dropout: "sensor lost contact",
  short_unknown: "too short to say",
  outside_participation: "outside participation",
};

const battery = ({ evidence }: GapTold) =>
  `battery ${evidence.beforePercent} % before and ${evidence.afterPercent} % after`;

const WHAT: Readonly<Record<GapCause, (gap: GapTold, words: Words, now: Date) => string>> = {
  not_yet_synced: ({ recoverableUntil: until, evidence }, words, now) => {
    if (evidence.notReadYet)
      return "not read yet: the first reading after consent is under way. Nothing to do.";
    if (until === null) return "the device has not synced yet. Ask for a sync.";
    if (evidence.replaced)
      return `it lies on a device that was exchanged and has not synced since; the first minutes are overwritten from ${words(until)} on. Ask for one more sync of that device.`;
    return until > now
      ? `the device has not synced yet. It can be saved by a sync; the first minutes are overwritten from ${words(until)} on.`
      : `the device has not synced yet, and since ${words(until)} overwrites the oldest minutes. What is left can be saved by a sync now.`;
  },
  not_worn: ({ evidence }) => {
    if (evidence.flat)
      return "the sensor gave one value again and again, as on a table: taken as not worn.";
    if (evidence.batteryUnknown)
      return "off the wrist: not worn, or on the charger, which nobody can tell, for the battery's level was not known then. Nothing can be saved.";
    return "the device was not worn. It has synced since and held nothing; nothing can be saved.";
  },
  charging: (gap) => `the device was charged (${battery(gap)}). Nothing to do.`,
  battery_empty: (gap) =>
    `the battery was empty (${battery(gap)}). Nothing can be saved; ask to charge it before it is.`,
  device_memory_exceeded: ({ evidence }, words) => {
    const when =
      evidence.nextSync === undefined ? "" : `, which was ${words(new Date(evidence.nextSync))}`;
    return `the device overwrote it before its next sync${when}. It is lost, and whether it was worn is not known.`;
  },
  not_authorised: () =>
    "there is no permission to read it, or it has not been read since. It waits at the provider; send a consent link.",
  source_outage: () =>
    "the provider was not available. It waits there and is read again by itself.",
  pipeline_fault: ({ evidence }) =>
    evidence.refused
      ? "the provider told values that cannot be. They were not taken over but kept (in quarantine); whoever runs Wearflow looks."
      : "missing by our own fault or the provider's. It is read again by itself; whoever runs Wearflow looks.",
  sensor_dropout: () => "the sensor lost contact while the device was worn. Nothing to do.",
  short_unknown: () =>
    "too short to say: off the wrist for a moment, or the sensor lost contact. Nothing to do.",
  outside_participation: ({ evidence }) =>
    evidence.beforeFirstSample
      ? "before the device measured for the first time: nothing was expected."
      : "outside participation: nothing was expected.",
};
