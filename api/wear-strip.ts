import type { DayState } from "../adherence/day-state.ts";
import { OPEN_STATES } from "../adherence/day-state.ts";
import type { StripDay } from "../sql/strips.ts";
import { dayInWords, decimalHours, hoursInWords } from "./format.ts";
import type { Rules } from "./study-rules.ts";

const DAY_WIDTH = 10;
const BAR_WIDTH = 7;
const HEIGHT = 30;
const FULL_DAY_MINUTES = 1440;

/**
 * What is known of one day: outside the participation, never read, read without any data (open: it may still
 * come), kept away by a fault of ours or for want of a grant, overwritten on the device, read to the end without any
 * (final: not worn), worn below or at the threshold.
 */
export type StripState =
  | "outside"
  | "unread"
  | "no-data"
  | "kept-away"
  | "lost"
  | "zero"
  | "below"
  | "reached";

/** Days whose state says all there is to show, whatever was worn; all others go by the minutes. */
const BY_STATE: Partial<Record<DayState, StripState>> = {
  before_enrolment: "outside",
  after_participation: "outside",
  withdrawn: "outside",
  paused: "outside",
  lost: "lost",
};
/** What a day without a minute is. */
const WITHOUT_WEAR: Partial<Record<DayState, StripState>> = {
  not_worn: "zero",
  not_authorised: "kept-away",
  pipeline_fault: "kept-away",
};
const OPEN: ReadonlySet<DayState | null> = new Set(OPEN_STATES);

/** What a mean may count: an open day without data says nothing of the participant yet. */
const COUNTED: ReadonlySet<StripState> = new Set(["zero", "below", "reached"]);

export type StripMark = Readonly<{
  state: StripState;
  open: boolean;
  x: number;
  y: number;
  width: number;
  height: number;
  title: string;
}>;

export type Strip = Readonly<{
  width: number;
  height: number;
  thresholdY: number;
  marks: readonly StripMark[];
  /** The facts of the picture in one sentence. */
  text: string;
  /** Mean of the days that can be counted, today left out because it is not over; null where there is none. */
  meanWearMinutes: number | null;
  daysRead: number;
}>;

type Participation = Readonly<{ enrolledOn: string; endedOn: string | null; today: string }>;

type ValidDay = Pick<Rules, "validDayMinutes">;

/** The picture of the last local days: one mark a day, drawn by attributes only, and the same in words. */
export function wearStrip(
  days: readonly StripDay[],
  participation: Participation,
  rules: ValidDay,
): Strip {
  const states = days.map((day) => stateOf(day, participation, rules));
  const worn = wornOf(days, participation, rules);
  const mean = meanOf(worn);
  return {
    width: days.length * DAY_WIDTH,
    height: HEIGHT,
    thresholdY: HEIGHT - barHeight(rules.validDayMinutes),
    marks: days.map((day, index) => markOf(day, states[index] ?? "unread", index)),
    text: inWords({ days, states, worn, mean }, rules),
    meanWearMinutes: mean,
    daysRead: worn.length,
  };
}

function wornOf(days: readonly StripDay[], participation: Participation, rules: ValidDay) {
  const counts = (day: StripDay) =>
    day.day !== participation.today && COUNTED.has(stateOf(day, participation, rules));
  return days.filter(counts).map(({ wearMinutes }) => wearMinutes);
}

const meanOf = (minutes: readonly number[]) =>
  minutes.length === 0 ? null : minutes.reduce((sum, each) => sum + each, 0) / minutes.length;

function stateOf(
  { day, wearMinutes, state }: StripDay,
  { enrolledOn, endedOn }: Participation,
  { validDayMinutes }: ValidDay,
): StripState {
  if (day < enrolledOn || (endedOn !== null && day > endedOn)) return "outside";
  if (state === null) return "unread";
  const told = BY_STATE[state];
  if (told !== undefined) return told;
  if (wearMinutes === 0) return WITHOUT_WEAR[state] ?? "no-data";
  return wearMinutes < validDayMinutes ? "below" : "reached";
}

const fixedHeights: Partial<Record<StripState, number>> = {
  outside: 1,
  unread: 3,
  "no-data": 5,
  "kept-away": 4,
  lost: 6,
  zero: 2,
};

function markOf(day: StripDay, state: StripState, index: number): StripMark {
  const height = fixedHeights[state] ?? Math.max(2, barHeight(day.wearMinutes));
  const open = OPEN.has(day.state) && (state === "below" || state === "reached");
  return {
    state,
    open,
    x: index * DAY_WIDTH + 1.5,
    y: round(HEIGHT - height),
    width: BAR_WIDTH,
    height: round(height),
    title: `${dayInWords(day.day, "short")}: ${markInWords(day, state)}`,
  };
}

function markInWords({ wearMinutes, state: judged }: StripDay, state: StripState): string {
  const fixed: Partial<Record<StripState, string>> = {
    outside: judged === "paused" ? "paused" : "not in the study",
    unread: "not read yet",
    "no-data": "read, no data so far",
    "kept-away": judged === "not_authorised" ? "no permission to read it" : "missing by our fault",
    lost: `overwritten on the device, ${decimalHours(wearMinutes)} h arrived`,
    zero: "0 h worn, final",
  };
  const open = OPEN.has(judged) ? ", still open" : "";
  return fixed[state] ?? `${decimalHours(wearMinutes)} h worn${open}`;
}

type Facts = Readonly<{
  days: readonly StripDay[];
  states: readonly StripState[];
  worn: readonly number[];
  mean: number | null;
}>;

function inWords({ days, states, worn, mean }: Facts, { validDayMinutes }: ValidDay): string {
  const last = days.at(-1);
  const span = last ? `${days.length} days to ${dayInWords(last.day, "short")}` : "No days";
  const average =
    mean === null
      ? "no day read yet"
      : `worn ${decimalHours(mean)} h a day on average of ${worn.length} days read, ` +
        `${worn.filter((each) => each >= validDayMinutes).length} of them ${hoursInWords(validDayMinutes)} or more`;
  const others: readonly (readonly [StripState, string])[] = [
    ["zero", "worn 0 h"],
    ["lost", "overwritten on the device"],
    ["kept-away", "missing by no doing of theirs"],
    ["no-data", "without data so far"],
    ["unread", "not read yet"],
    ["outside", "outside the participation"],
  ];
  const rest = others
    .map(([wanted, what]) => [states.filter((state) => state === wanted).length, what] as const)
    .filter(([count]) => count > 0)
    .map(([count, what]) => `${count} ${what}`);
  return `${[`${span}: ${average}`, ...rest].join("; ")}.`;
}

function barHeight(minutes: number): number {
  return (Math.min(minutes, FULL_DAY_MINUTES) / FULL_DAY_MINUTES) * HEIGHT;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
