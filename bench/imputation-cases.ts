import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { z } from "zod";
import type { Minutes } from "../imputation/minutes.ts";

const Case = z.object({
  id: z.string(),
  participant: z.string(),
  startMinute: z.int(),
  length: z.int(),
  stepsKnown: z.boolean().optional(),
});
export type Case = z.infer<typeof Case>;

const CaseFile = z.object({
  cases: z.array(Case),
  notWorn: z.array(Case),
  lengths: z.array(z.int()),
});

const SeriesFile = z.object({
  participant: z.string(),
  start: z.string(),
  heartRate: z.array(z.number().nullable()),
  steps: z.array(z.number().nullable()),
});

export function readCases(folder: string): z.infer<typeof CaseFile> {
  return CaseFile.parse(JSON.parse(readFileSync(join(folder, "cases.json"), "utf8")));
}

/** A participant's minutes; the files' clock is local and crosses no change of the clocks. */
export function readMinutes(folder: string, participant: string): Minutes {
  const packed = readFileSync(join(folder, "cases", `${participant}.json.gz`));
  const { heartRate, steps, start } = SeriesFile.parse(JSON.parse(gunzipSync(packed).toString()));
  const [hours = 0, minutes = 0] = start.slice(11).split(":").map(Number);
  return {
    heartRate: Float64Array.from(heartRate, (bpm) => bpm ?? Number.NaN),
    steps: Float64Array.from(steps, (count) => count ?? Number.NaN),
    minuteOfDay: Uint16Array.from(steps, (_, i) => (hours * 60 + minutes + i) % 1440),
  };
}
