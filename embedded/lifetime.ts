import { answerWatchdog } from "./watchdog.ts";

/**
 * Runs `stop` once when this process should end: on SIGTERM, SIGINT, and when the parent that spawned it with an
 * IPC channel is gone, however it died. Exits 0 afterwards, 1 where stopping failed.
 */
export function endWith(stop: () => Promise<void>, report: (error: unknown) => void): void {
  let ending = false;
  const end = () => {
    if (ending) return;
    ending = true;
    stop().then(
      () => process.exit(0),
      (error: unknown) => {
        report(error);
        process.exit(1);
      },
    );
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, end);
  process.on("disconnect", end);
  // The parent may have gone while we were starting.
  if (process.connected === false) end();
  // A parent that died takes the other end of the pipes along; writing to them must not end us half-way.
  process.stdout.on("error", () => {});
  process.stderr.on("error", () => {});
}

/** Tells whoever started this process that it is ready: a line for people, a message for the parent. */
export function announceReady(facts: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`ready ${JSON.stringify({ ...facts, pid: process.pid })}\n`);
  process.send?.({ ready: facts });
  answerWatchdog();
}

/** One line for stderr. */
export function oneLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replaceAll(/\s*\n\s*/g, " ");
}
