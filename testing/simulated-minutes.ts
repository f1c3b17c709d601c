import type { Minutes } from "../imputation/minutes.ts";
import { seededRandom } from "../imputation/random.ts";

/**
 * Heart rate that follows a known law: log-bpm = 4.2 + a daily wave + an answer to steps + AR(1) waves of 6 and 200 minutes
 * + noise. People walk by day in bouts of a quarter of an hour. Seeded; nothing is missing.
 */
export function simulatedMinutes(days: number, seed: string): Minutes {
  const random = seededRandom(seed);
  const length = days * 1440;
  const minuteOfDay = Uint16Array.from({ length }, (_, t) => t % 1440);
  let bout = 0;
  const steps = Float64Array.from(minuteOfDay, (minute) => {
    if (bout === 0 && minute > 480 && minute < 1320 && random.uniform() < 0.02) bout = 15;
    bout = Math.max(0, bout - 1);
    return bout > 0 ? Math.round(60 + 60 * random.uniform()) : 0;
  });
  let effort = 0;
  let fast = 0;
  let slow = 0;
  const heartRate = Float64Array.from(minuteOfDay, (minute, t) => {
    effort += (Math.log1p(steps[t] ?? 0) - effort) / 4;
    fast = Math.exp(-1 / 6) * fast + 0.03 * random.normal();
    slow = Math.exp(-1 / 200) * slow + 0.006 * random.normal();
    const wave = 0.12 * Math.sin((2 * Math.PI * (minute - 540)) / 1440);
    return Math.exp(4.2 + wave + 0.08 * effort + fast + slow + 0.01 * random.normal());
  });
  return { heartRate, steps, minuteOfDay };
}
