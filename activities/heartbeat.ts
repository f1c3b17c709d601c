import { Context } from "@temporalio/activity";

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
