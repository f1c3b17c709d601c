import assert from "node:assert/strict";
import { ApplicationFailure } from "@temporalio/common";
import { MockActivityEnvironment } from "@temporalio/testing";
import { DefaultLogger } from "@temporalio/worker";

/** What came of an activity, and every failure on the way. */
export type Tried<Result> = Readonly<{ result: Result | null; failures: ApplicationFailure[] }>;

/** Runs an activity as Temporal would, but without waiting: again after every failure that may be retried, with its last heartbeat. */
export async function persist<Input, Result>(
  activity: (input: Input) => Promise<Result>,
  input: Input,
): Promise<Tried<Result>> {
  const failures: ApplicationFailure[] = [];
  let heartbeatDetails: unknown;
  for (let attempt = 1; attempt <= 10; attempt += 1) {
    const logger = new DefaultLogger("ERROR");
    const environment = new MockActivityEnvironment({ attempt, heartbeatDetails }, { logger });
    environment.on("heartbeat", (details: unknown) => {
      heartbeatDetails = details;
    });
    try {
      return { result: await environment.run(activity, input), failures };
    } catch (error) {
      assert.ok(error instanceof ApplicationFailure, String(error));
      failures.push(error);
      if (error.nonRetryable) break;
    }
  }
  return { result: null, failures };
}
