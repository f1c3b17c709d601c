import type { WorkflowExecutionInfo } from "@temporalio/client";
import {
  Client,
  Connection,
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
} from "@temporalio/client";
import type { Stack } from "./stack.ts";
import { eventually } from "./stack.ts";

/** A client of the installation's Temporal server; the caller closes its connection. */
export async function connectTo({ temporalAddress }: Stack): Promise<Client> {
  const connection = await Connection.connect({ address: temporalAddress });
  return new Client({ connection, namespace: "wearflow" });
}

/** Every run whose workflow id begins so, the newest first. */
export async function runsOf(client: Client, prefix: string): Promise<WorkflowExecutionInfo[]> {
  const runs: WorkflowExecutionInfo[] = [];
  const query = `WorkflowId STARTS_WITH "${prefix}"`;
  for await (const run of client.workflow.list({ query })) runs.push(run);
  return runs;
}

/**
 * Waits until a run that was not there before has completed, triggering whenever none is open: a trigger beside an
 * open run is skipped, and a schedule that is not there just after a crash is made again by `maintain`.
 */
export async function freshRun(
  stack: Stack,
  client: Client,
  id: string,
  seen: ReadonlySet<string>,
): Promise<void> {
  let all: WorkflowExecutionInfo[] = [];
  const completed = eventually(`a new run of ${id} completes`, async () => {
    all = await runsOf(client, id);
    const fresh = all.filter(({ runId }) => !seen.has(runId));
    if (fresh.some(({ status }) => status.name === "COMPLETED")) return true;
    if (all.some(({ closeTime }) => closeTime === undefined)) return null;
    await client.schedule.getHandle(id).trigger(ScheduleOverlapPolicy.SKIP).catch(ignoreMissing);
    return null;
  });
  await completed.catch((cause: unknown) => {
    const runs = all.map(({ workflowId, status }) => `${workflowId} ${status.name}`);
    const said = stack.output().split("\n").slice(-40);
    throw new Error([`No new run of ${id}`, ...runs, ...said].join("\n"), { cause });
  });
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof ScheduleNotFoundError)) throw error;
}
