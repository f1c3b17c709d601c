import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { z } from "zod";
import { readConfig } from "../config.ts";
import { MODEL_VERSION } from "../imputation/model.ts";
import { simulateNonWear } from "./imputation-non-wear.ts";

/**
 * npm run bench:imputation -- FOLDER: fills every masked gap of FOLDER (layout: cases.json, cases/*.json.gz, score.mjs), each
 * with everything refitted without it, writes DATA_DIR/predictions.jsonl (and …-heart-rate.jsonl, steps never used), runs
 * the folder's scorer and ends in one line of JSON. No setting is read from the cases.
 */
const { positionals } = parseArgs({ allowPositionals: true });
const [folder] = positionals;
if (folder === undefined) throw new Error("usage: npm run bench:imputation -- FOLDER");

const Answer = z.object({ withSteps: z.string(), alone: z.string() });
const Row = z.object({
  length: z.int(),
  ratioLinear: z.number(),
  ratioLinearRefusedAsLinear: z.number(),
  coverage95: z.number(),
  mae: z.number(),
  invalid: z.int(),
  refusedShare: z.number(),
  drawLag1: z.number().nullable(),
  truthLag1: z.number().nullable(),
});
const Score = z.object({
  all: z.array(Row),
  stepsKnown: z.array(Row),
  byParticipant: z.record(z.string(), z.array(z.object({ coverage95: z.number() }))),
  notWorn: z.object({ gaps: z.int(), refusedShare: z.number() }),
  methods: z.record(z.string(), z.int()),
});

const began = performance.now();
const answers = await answerAll(folder);
const seconds = Math.round((performance.now() - began) / 1000);
const { DATA_DIR } = readConfig({});
mkdirSync(DATA_DIR, { recursive: true });
const withSteps = score(
  "predictions.jsonl",
  answers.map((one) => one.withSteps),
);
const alone = score(
  "predictions-heart-rate.jsonl",
  answers.map((one) => one.alone),
);
console.log(JSON.stringify(summarise()));

async function answerAll(cases: string): Promise<z.infer<typeof Answer>[]> {
  const of = availableParallelism();
  const parts = Array.from({ length: of }, (_, part) => runPart({ folder: cases, part, of }));
  return (await Promise.all(parts)).flat();
}

function runPart(workerData: object): Promise<z.infer<typeof Answer>[]> {
  const lines: z.infer<typeof Answer>[] = [];
  const thread = new Worker(new URL("./imputation-thread.ts", import.meta.url), { workerData });
  return new Promise((resolve, reject) => {
    thread.on("message", (message) => {
      lines.push(Answer.parse(message));
      if (lines.length % 100 === 0) console.error(`${lines.length} gaps of a thread's share`);
    });
    thread.on("error", reject);
    thread.on("exit", () => resolve(lines));
  });
}

/** Writes the predictions, prints the scorer's table and returns its numbers. */
function score(name: string, lines: readonly string[]): z.infer<typeof Score> {
  const file = join(DATA_DIR, name);
  writeFileSync(file, `${lines.join("\n")}\n`);
  const run = (...more: string[]) =>
    execFileSync(process.execPath, [join(folder ?? "", "score.mjs"), folder ?? "", file, ...more]);
  console.log(`\n${file}\n${run()}`);
  return Score.parse(JSON.parse(run("--json").toString()));
}

function summarise() {
  const round = (value: number | null) => (value === null ? null : Math.round(value * 1000) / 1000);
  const by = (
    rows: readonly z.infer<typeof Row>[],
    key: Exclude<keyof z.infer<typeof Row>, "length">,
  ) => Object.fromEntries(rows.map((row) => [row.length, round(row[key])]));
  const perPerson = Object.values(withSteps.byParticipant).flatMap((rows) =>
    rows.map(({ coverage95 }) => coverage95),
  );
  return {
    ratio_steps_known: by(withSteps.stepsKnown, "ratioLinear"),
    ratio_all: by(withSteps.all, "ratioLinear"),
    ratio_all_refused_as_linear: by(withSteps.all, "ratioLinearRefusedAsLinear"),
    ratio_heart_rate_alone: by(alone.stepsKnown, "ratioLinear"),
    ratio_heart_rate_alone_all: by(alone.all, "ratioLinear"),
    coverage95: by(withSteps.all, "coverage95"),
    coverage95_steps_known: by(withSteps.stepsKnown, "coverage95"),
    coverage95_worst_person: round(Math.min(...perPerson)),
    lag1_draw: by(withSteps.all, "drawLag1"),
    lag1_truth: by(withSteps.all, "truthLag1"),
    invalid: withSteps.all.reduce((sum, { invalid }) => sum + invalid, 0),
    refused: by(withSteps.all, "refusedShare"),
    not_worn: { gaps: withSteps.notWorn.gaps, refused_share: withSteps.notWorn.refusedShare },
    simulated_non_wear: simulateNonWear(folder ?? ""),
    methods: withSteps.methods,
    model_version: MODEL_VERSION,
    seconds,
  };
}
