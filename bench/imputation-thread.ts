import { parentPort, workerData } from "node:worker_threads";
import { z } from "zod";
import type { Minutes } from "../imputation/minutes.ts";
import { stepFeatures } from "../imputation/step-features.ts";
import { answer } from "./imputation-answer.ts";
import { readCases, readMinutes } from "./imputation-cases.ts";

/** One of the benchmark's threads: answers every n-th case and posts the lines. */
const { folder, part, of } = z
  .object({ folder: z.string(), part: z.int(), of: z.int() })
  .parse(workerData);

const { cases, notWorn } = readCases(folder);
const known = new Map<string, Readonly<{ minutes: Minutes; features: Float64Array[] }>>();

function seriesOf(participant: string) {
  const found = known.get(participant);
  if (found) return found;
  const minutes = readMinutes(folder, participant);
  const made = { minutes, features: stepFeatures(minutes.steps, minutes.minuteOfDay) };
  known.set(participant, made);
  return made;
}

for (const [i, one] of [...cases, ...notWorn].entries()) {
  if (i % of !== part) continue;
  const { minutes, features } = seriesOf(one.participant);
  parentPort?.postMessage(answer(minutes, features, one));
}
