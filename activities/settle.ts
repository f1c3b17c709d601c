import { confirmConnection, suspectConnection } from "../sql/connection-evidence.ts";
import type { Refused } from "../sql/connections.ts";
import { refuseConnection } from "../sql/connections.ts";
import { wantsImputation } from "../sql/imputation-inputs.ts";
import { announceChange, findParticipant } from "../sql/participants.ts";
import type { Queryable } from "../sql/pool.ts";
import type { RunOutcome } from "../sql/runs.ts";
import { storeRun } from "../sql/runs.ts";
import { readAnalysisSeries } from "../sql/series.ts";
import type { ReadDays } from "../sql/settle-days.ts";
import { settleSeries } from "../sql/settle-days.ts";
import type { FailureLog } from "./failure.ts";
import { whileBeating } from "./heartbeat.ts";
import { judgeParticipant } from "./judge-participant.ts";

export type SettleDeps = Readonly<{
  db: Queryable;
  sourceName: string;
  clock: () => Date;
  log: FailureLog;
}>;

/** What was read of one series. */
export type SettledSeries = Readonly<{
  /** Days whose samples may have changed. */
  touchedDays: readonly string[];
  /** Of these, the ones read to the end, and when; null when the reading broke off. */
  reading: Readonly<{
    days: readonly string[];
    began: string;
    ended: string;
    syncAt: string | null;
  }> | null;
}>;

/**
 * What a run found, for the ledger, the connection and the record of runs; touched days and reading are those of heart
 * rate. Instants are ISO texts.
 */
export type SettleIngest = SettledSeries &
  Readonly<{
    participant: string;
    workflowId: string;
    runId: string;
    scheduledAt: string;
    startedAt: string;
    outcome: RunOutcome;
    detail: string;
    /** What was read of other series, by the ids of the registry; absent in runs begun before there were any. */
    others?: readonly (SettledSeries & Readonly<{ series: readonly number[] }>)[];
    refusal: Proven | Suspected | null;
    inserted: number;
    updated: number;
    quarantined: number;
  }>;

/** What proves something by itself, and what is believed only when it lasts. */
type Proven = "invalid_grant" | "account_not_linked" | "scope_missing";
type Suspected = "token_refused" | "account_refused";

const REFUSED: Record<Proven, Pick<Refused, "status" | "reason">> = {
  invalid_grant: {
    status: "reconsent_needed",
    reason: "The provider refuses to renew the grant: consent was taken back or has ended",
  },
  account_not_linked: {
    status: "not_linked",
    reason: "The account is not linked to Google Health: the participant must link it",
  },
  scope_missing: {
    status: "scope_missing",
    reason: "Heart rate was not among the permissions granted",
  },
};

/**
 * What the run came to after all: a refusal may have been held back, because too many of the study came at once. With
 * `imputeSince` there are gaps to fill, or filled ones to look at again, from that local day on.
 */
export type Settled = Pick<SettleIngest, "outcome" | "detail"> & Readonly<{ imputeSince?: string }>;

/** Added to the detail of a run whose refusal was held back. */
const NOT_BELIEVED = "not believed, because too many connections were refused at once";

export function createSettleActivities(deps: SettleDeps) {
  return {
    /** Brings ledger, connection and run record in line with what the run found. Running it again is harmless. */
    settleIngest: (input: SettleIngest): Promise<Settled> =>
      whileBeating(deps.log, () => settle(deps, input)),
  };
}

async function settle(
  { db, sourceName, clock }: SettleDeps,
  input: SettleIngest,
): Promise<Settled> {
  const person = await findParticipant(db, input.participant);
  if (!person) return { outcome: input.outcome, detail: input.detail };
  const series = await readAnalysisSeries(db, "heart_rate", sourceName);
  const others = input.others ?? [];
  const read = [{ ...input, series: [series.id] }, ...others].flatMap(readDays);
  await settleSeries(db, person.id, read);
  const held = await settleConnection(db, person.id, sourceName, input, clock());
  const settled: Settled = {
    outcome: held ? "partial" : input.outcome,
    detail: held ? `${input.detail}; ${NOT_BELIEVED}` : input.detail,
  };
  await storeRun(db, {
    workflowId: input.workflowId,
    runId: input.runId,
    participantId: person.id,
    scheduledAt: new Date(input.scheduledAt),
    startedAt: new Date(input.startedAt),
    finishedAt: clock(),
    ...settled,
    inserted: input.inserted,
    updated: input.updated,
    quarantined: input.quarantined,
  });
  const touched = [input, ...others].flatMap(({ touchedDays }) => touchedDays);
  await judgeParticipant(db, person.id, { touched }, clock());
  await announceChange(db);
  const since = firstTouched(input);
  const wanted = since !== undefined && (await wantsImputation(db, person.id, since));
  return wanted ? { ...settled, imputeSince: since } : settled;
}

/** The first local day of which anything was read; a gap of the day before may end in it. */
function firstTouched({ touchedDays, others = [] }: SettleIngest): string | undefined {
  const [first] = [...touchedDays, ...others.flatMap((one) => one.touchedDays)].sort();
  if (first === undefined) return;
  return new Date(Date.parse(first) - 86_400_000).toISOString().slice(0, 10);
}

/** Says whether a refusal was held back. */
async function settleConnection(
  db: Queryable,
  participantId: number,
  source: string,
  { refusal, reading, startedAt }: SettleIngest,
  at: Date,
): Promise<boolean> {
  const found = { foundFrom: new Date(startedAt), at };
  if (refusal === "token_refused" || refusal === "account_refused") {
    if (reading !== null && reading.days.length > 0) return false;
    return (await suspectConnection(db, participantId, source, found)) === "held";
  }
  if (refusal !== null) {
    const change = { ...REFUSED[refusal], ...found };
    return (await refuseConnection(db, participantId, source, change)) === "held";
  }
  if (reading !== null && reading.days.length > 0)
    await confirmConnection(db, participantId, source, found);
  return false;
}

/** Days that were read to the end, and those whose reading broke off. */
function readDays({
  series: seriesIds,
  touchedDays,
  reading,
}: SettledSeries & Readonly<{ series: readonly number[] }>): ReadDays[] {
  const read = new Set(reading?.days);
  const brokenOff = touchedDays.filter((day) => !read.has(day));
  const left: ReadDays = { seriesIds, days: brokenOff, reading: null };
  if (reading === null) return [left];
  const { days, began, ended, syncAt } = reading;
  return [
    left,
    {
      seriesIds,
      days,
      reading: {
        began: new Date(began),
        ended: new Date(ended),
        syncAt: syncAt === null ? null : new Date(syncAt),
      },
    },
  ];
}
