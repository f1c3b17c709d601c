import { createHash } from "node:crypto";
import type { Imputed, ImputeTask } from "../imputation/impute-all.ts";
import { MODEL_VERSION } from "../imputation/model.ts";
import type { GapDay } from "../sql/imputation-inputs.ts";
import { listGapDays } from "../sql/imputation-inputs.ts";
import { storeImputation, turnOffImputation } from "../sql/imputations.ts";
import type { Participant } from "../sql/participants.ts";
import { announceChange, findParticipant } from "../sql/participants.ts";
import type { Queryable } from "../sql/pool.ts";
import type { Series } from "../sql/series.ts";
import { readAnalysisSeries } from "../sql/series.ts";
import type { StudySettings } from "../sql/studies.ts";
import { listStudies } from "../sql/studies.ts";
import type { FailureLog } from "./failure.ts";
import { stopIfAsked, whileBeating } from "./heartbeat.ts";
import type { ImputationPool } from "./imputation-pool.ts";
import { readTask } from "./impute-task.ts";

export type ImputeDeps = Readonly<{
  db: Queryable;
  sourceName: string;
  imputation: ImputationPool;
  clock: () => Date;
  log: FailureLog;
}>;

/** `since`: the first local day that may have changed; days before it are left as they are. */
export type ImputeParticipant = Readonly<{ participant: string; since: string }>;

/** Counts only: days looked at, of these the ones that read something new; minutes imputed and retired by it. */
export type ImputeResult = Readonly<{
  days: number;
  changed: number;
  imputed: number;
  retired: number;
}>;

const NOTHING: ImputeResult = { days: 0, changed: 0, imputed: 0, retired: 0 };

export function createImputeActivities(deps: ImputeDeps) {
  return {
    /** Fills the gaps of every local day from `since` on. Run again on the same data it changes no row. */
    imputeGaps: (input: ImputeParticipant): Promise<ImputeResult> =>
      whileBeating(deps.log, () => imputeGaps(deps, input)),
  };
}

async function imputeGaps(
  deps: ImputeDeps,
  { participant, since }: ImputeParticipant,
): Promise<ImputeResult> {
  const { db, sourceName, clock } = deps;
  const person = await findParticipant(db, participant);
  if (!person) return NOTHING;
  const rules = await rulesOf(db, person.study);
  if (!rules.enabled)
    return { ...NOTHING, retired: await turnOffImputation(db, person.id, clock()) };
  const series = await readAnalysisSeries(db, "heart_rate", sourceName);
  const days = await listGapDays(db, person.id, series.id, since);
  let result = { ...NOTHING, days: days.length };
  for (const day of days) {
    await stopIfAsked();
    const stored = await imputeDay(deps, { person, series, rules, day });
    if (stored === null) continue;
    result = {
      ...result,
      changed: result.changed + 1,
      imputed: result.imputed + stored.imputed,
      retired: result.retired + stored.retired,
    };
  }
  if (result.changed > 0) await announceChange(db);
  return result;
}

export async function rulesOf(db: Queryable, slug: string): Promise<StudySettings["imputation"]> {
  const study = (await listStudies(db)).find((one) => one.slug === slug);
  if (!study) throw new Error(`No such study: ${slug}`);
  return study.settings.imputation;
}

export type DayToImpute = Readonly<{
  person: Participant;
  series: Series;
  rules: StudySettings["imputation"];
  day: GapDay;
}>;

/** Null where the day's current run read exactly this before. */
async function imputeDay(deps: ImputeDeps, wanted: DayToImpute) {
  const { db, imputation, clock } = deps;
  const { person, series, day } = wanted;
  const { task, seeds } = await readTask(db, wanted);
  const inputHash = hashTask(task, day);
  if (inputHash === day.inputHash) return null;
  const found = await imputation.run(task);
  return storeImputation(db, {
    participantId: person.id,
    seriesId: series.id,
    day: day.day,
    inputHash,
    codeVersion: MODEL_VERSION,
    parameters: parametersOf(found, task),
    scale: series.scale,
    madeAt: clock(),
    gaps: day.gaps.flatMap((gap, i) => {
      const imputed = found.imputations[i];
      const expectedSteps = found.expectedSteps[i] ?? null;
      return imputed ? [{ ...gap, imputation: imputed, seed: seeds[i] ?? "", expectedSteps }] : [];
    }),
    tests: found.tests,
  });
}

function parametersOf({ model }: Imputed, { minutes, rules, serving }: ImputeTask) {
  return { model, serving, rules, trainingMinutes: minutes.heartRate.length };
}

/** Everything a run reads, in one hash: minutes, steps, clock, gaps, rules, back-tests and the version of the code. */
export function hashTask(
  { minutes, gaps, rules, serving, backTest }: ImputeTask,
  { day }: GapDay,
): string {
  const hash = createHash("sha256");
  for (const part of [minutes.heartRate, minutes.steps, minutes.minuteOfDay]) hash.update(part);
  return hash
    .update(JSON.stringify({ gaps, rules, serving, backTest, day, version: MODEL_VERSION }))
    .digest("hex");
}
