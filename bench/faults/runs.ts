import { setTimeout as wait } from "node:timers/promises";
import { ScheduleNotFoundError, ScheduleOverlapPolicy } from "@temporalio/client";
import type { Installation } from "./installation.ts";

/** Runs that ended since an instant. */
export type Ended = Readonly<{ participants: number; incomplete: readonly string[] }>;

const idOf = (participant: string) => `ingest/demo/${participant}`;

/** Makes as if nothing had ever been read of these people; who is paired and connected stays. */
export async function forget(
  { owner }: Installation,
  participants: readonly string[],
): Promise<void> {
  const tables = [
    ...["sample", "sample_revision", "sample_absence", "session", "session_revision"],
    ...["daily_value", "daily_value_revision", "imputed_sample", "imputed_gap", "imputation_run"],
    ...["gap", "judged_day", "ledger_metric", "ledger", "fetch", "quarantine", "touched_window"],
    "ingest_run",
  ];
  for (const table of tables)
    await owner.query(
      `delete from study.${table} where participant_id in
         (select id from study.participant where short_id = any ($1::text[]))`,
      [participants],
    );
}

/** Starts a run of each of these people whose last one has ended. */
export async function trigger(
  { client }: Installation,
  participants: readonly string[],
): Promise<void> {
  for (const participant of participants)
    await client.schedule
      .getHandle(idOf(participant))
      .trigger(ScheduleOverlapPolicy.SKIP)
      .catch((error: unknown) => {
        // Its schedule is made when the worker aligns them; the caller asks again.
        if (!(error instanceof ScheduleNotFoundError)) throw error;
      });
}

/** How many runs of participants are open, as far as Temporal's list knows by now. */
export async function openRuns({ client }: Installation): Promise<number> {
  const query = 'WorkflowType = "ingestParticipant" AND ExecutionStatus = "Running"';
  const { count } = await client.workflow.count(query);
  return count;
}

/** Waits until no run of a participant is open. */
export async function untilQuiet(
  installation: Installation,
  withinSeconds?: number,
): Promise<void> {
  await until("no run is open", async () => (await openRuns(installation)) === 0, withinSeconds);
}

/**
 * Waits until each of these people has a run that began since, and none is open any more; triggers nothing. A run that
 * reads older days too is told of when it has read the latest, before it ends.
 */
export async function untilRead(
  installation: Installation,
  participants: readonly string[],
  since: Date,
  withinSeconds = 1800,
): Promise<Ended> {
  const { app } = installation;
  const ended = async () => {
    const { rows } = await app.query<{ participant: string; outcome: string; detail: string }>(
      `select distinct on (p.short_id) p.short_id as participant, r.outcome, r.detail
       from study.ingest_run r join study.participant p on p.id = r.participant_id
       where p.short_id = any ($1::text[]) and r.started_at >= $2::timestamptz
       order by p.short_id, r.finished_at desc`,
      [participants, since],
    );
    return rows;
  };
  const all = async () => (await ended()).length === participants.length;
  await until(`${participants.length} people are read`, all, withinSeconds);
  await untilQuiet(installation, withinSeconds);
  const rows = await ended();
  const incomplete = rows.filter(({ outcome }) => outcome !== "complete");
  return {
    participants: rows.length,
    incomplete: incomplete.map(({ participant, outcome, detail }) =>
      [participant, outcome, detail].join(" "),
    ),
  };
}

/** Forgets these people, reads them anew, and waits until that is done. */
export async function readAnew(
  installation: Installation,
  participants: readonly string[],
  whileReading: (since: Date) => Promise<void> = async () => {},
): Promise<Ended> {
  await untilQuiet(installation);
  await forget(installation, participants);
  const since = new Date();
  await trigger(installation, participants);
  await whileReading(since);
  return untilRead(installation, participants, since);
}

/** Asks again and again; a part that is down for the moment is asked again too. */
export async function until(
  what: string,
  ask: () => Promise<boolean>,
  withinSeconds = 300,
): Promise<void> {
  const giveUpAt = Date.now() + withinSeconds * 1000;
  let lately: unknown = null;
  while (Date.now() < giveUpAt) {
    try {
      if (await ask()) return;
      lately = null;
    } catch (error) {
      lately = error;
    }
    await wait(250);
  }
  throw new Error(`Not within ${withinSeconds} s: ${what}`, { cause: lately });
}
