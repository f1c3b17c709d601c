import { Context } from "@temporalio/activity";
import { TemporalFailure } from "@temporalio/common";
import type { FailureLog } from "./failure.ts";
import { toFailure } from "./failure.ts";

const EVERY_MS = 3_000;

export type Heartbeat = Readonly<{
  /** Beats now, with what another attempt should know. */
  note(details: unknown): void;
  stop(): void;
}>;

/** Beats while something slow is under way, so that only a dead worker misses its beat. The caller stops it. */
export function keepBeating(): Heartbeat {
  const context = Context.current();
  let latest: unknown = context.info.heartbeatDetails;
  const timer = setInterval(() => context.heartbeat(latest), EVERY_MS);
  return {
    note(details) {
      latest = details;
      context.heartbeat(details);
    },
    stop: () => clearInterval(timer),
  };
}

/** Does the work of an activity while beating; what it throws becomes a failure, `explain`ed first where it can be. */
export async function whileBeating<Result>(
  log: FailureLog,
  work: (beat: Heartbeat) => Promise<Result>,
  explain: (error: unknown) => unknown = (error) => error,
): Promise<Result> {
  const beat = keepBeating();
  try {
    return await work(beat);
  } catch (error) {
    throw error instanceof TemporalFailure ? error : toFailure(explain(error), log);
  } finally {
    beat.stop();
  }
}

/** Between two pieces of work: a cancelled run or a worker that is shutting down ends here, with everything stored so far. */
export async function stopIfAsked(): Promise<void> {
  const { cancellationSignal, cancelled } = Context.current();
  if (cancellationSignal.aborted) await cancelled;
}
