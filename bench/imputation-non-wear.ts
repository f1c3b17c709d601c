import type { Minutes } from "../imputation/minutes.ts";
import { countMeasured, mask } from "../imputation/minutes.ts";
import { seededRandom } from "../imputation/random.ts";
import { readCases, readMinutes } from "./imputation-cases.ts";
import { judgeWear } from "./imputation-wear.ts";

const LENGTHS = [30, 60, 120, 240] as const;
const EACH = 30;
/** Local minutes of the day within which people are up. */
const UP = { from: 9 * 60, to: 21 * 60 } as const;

/**
 * Wear cases of our own: time in which a device was worn by day is made to look as if it had been taken off (heart rate
 * missing, steps zero, as this export writes them), short enough that no limit of length refuses it. Returns by length the
 * share judged not worn, and, as the price, the share of the same windows judged so with their true steps.
 */
export function simulateNonWear(folder: string) {
  const participants = [...new Set(readCases(folder).cases.map(({ participant }) => participant))];
  const all = participants.flatMap((participant) => {
    const minutes = readMinutes(folder, participant);
    return LENGTHS.flatMap((length) =>
      drawWorn(minutes, length, `${participant}/${length}`).map((start) => ({
        length,
        off: judge(minutes, start, length, true),
        on: judge(minutes, start, length, false),
      })),
    );
  });
  return Object.fromEntries(
    LENGTHS.map((length) => {
      const mine = all.filter((one) => one.length === length);
      const share = (key: "off" | "on") =>
        Math.round((1000 * mine.filter((one) => one[key]).length) / mine.length) / 1000;
      return [
        length,
        { windows: mine.length, off_refused: share("off"), worn_refused: share("on") },
      ];
    }),
  );
}

function judge(minutes: Minutes, start: number, length: number, takenOff: boolean): boolean {
  const heartRate = mask(minutes.heartRate, start, length);
  const steps = takenOff ? minutes.steps.slice().fill(0, start, start + length) : minutes.steps;
  return judgeWear({ heartRate, steps }, { start, length }) === "not_worn";
}

function drawWorn(minutes: Minutes, length: number, seed: string): number[] {
  const random = seededRandom(seed);
  const starts: number[] = [];
  for (let tries = 0; tries < 20_000 && starts.length < EACH; tries++) {
    const start = Math.floor(random.uniform() * (minutes.steps.length - length));
    if (isWornByDay(minutes, start, length)) starts.push(start);
  }
  return starts;
}

function isWornByDay({ heartRate, steps, minuteOfDay }: Minutes, start: number, length: number) {
  const minute = minuteOfDay[start] ?? 0;
  const known = steps.subarray(start, start + length).every((count) => !Number.isNaN(count));
  const byDay = minute >= UP.from && minute + length <= UP.to;
  return known && byDay && countMeasured(heartRate, start, start + length) >= 0.9 * length;
}
