import { listGapDays } from "../sql/imputation-inputs.ts";
import { findParticipant } from "../sql/participants.ts";
import { Refusal } from "../sql/refusal.ts";
import { readAnalysisSeries } from "../sql/series.ts";
import type { ImputeDeps } from "./impute.ts";
import { hashTask, rulesOf } from "./impute.ts";
import { readTask } from "./impute-task.ts";

export type DrawImputed = Readonly<{ participant: string; day: string; count: number }>;

/** The draws of one filled gap: each a path of bpm by minute from `startsAt` on. */
export type GapDraws = Readonly<{ startsAt: Date; seed: string; paths: readonly Float64Array[] }>;

/**
 * Draws of every filled gap of a local day, for multiple imputation: 20 are enough for Rubin's rules. They are made anew from
 * what the day's current run read, and are the same each time. Refuses where there is no run, or the data has changed since:
 * then the run's values and these draws would not belong together.
 */
export async function drawImputed(
  { db, sourceName, imputation }: Pick<ImputeDeps, "db" | "sourceName" | "imputation">,
  { participant, day: wanted, count }: DrawImputed,
): Promise<GapDraws[]> {
  const person = await findParticipant(db, participant);
  if (!person) throw new Error(`There is no participant ${participant}`);
  const series = await readAnalysisSeries(db, "heart_rate", sourceName);
  const days = await listGapDays(db, person.id, series.id, wanted);
  const day = days.find((one) => one.day === wanted);
  if (!day || day.inputHash === null) throw new Refusal("day", `Nothing was imputed on ${wanted}`);
  const rules = await rulesOf(db, person.study);
  const { task, seeds } = await readTask(db, { person, series, rules, day });
  if (hashTask(task, day) !== day.inputHash)
    throw new Refusal(
      "day",
      `What was known of ${wanted} has changed since it was imputed: impute it again`,
    );
  const { draws } = await imputation.run({ ...task, backTest: null, draws: { count, seeds } });
  return day.gaps.flatMap(({ startsAt }, i) => {
    const paths = draws[i] ?? [];
    return paths.length === 0 ? [] : [{ startsAt, seed: seeds[i] ?? "", paths }];
  });
}
