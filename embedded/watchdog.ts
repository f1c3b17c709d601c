import type { ChildProcess } from "node:child_process";

/** How long a child may leave our questions unanswered: `unanswered` of them, one every `everyMs`. */
export type Patience = Readonly<{ everyMs: number; unanswered: number }>;

/**
 * Asks a child again and again whether its event loop still turns (lifetime.ts answers), and calls `onSilent` once
 * where too many questions in a row stay without an answer. Questions are counted, not the time: a machine that
 * slept has asked nothing meanwhile. Returns what ends the asking.
 */
export function watchSilence(
  child: ChildProcess,
  { everyMs, unanswered }: Patience,
  onSilent: () => void,
): () => void {
  let open = 0;
  const hear = (message: unknown) => {
    if (message === ALIVE) open = 0;
  };
  const timer = setInterval(() => {
    if (open >= unanswered) {
      stop();
      onSilent();
    } else if (child.connected) {
      open += 1;
      child.send(ASK);
    }
  }, everyMs).unref();
  const stop = () => {
    clearInterval(timer);
    child.off("message", hear);
  };
  child.on("message", hear);
  child.once("exit", stop);
  return stop;
}

const ASK = "are you alive";
const ALIVE = "alive";

/** The child's side: answers whoever started this process. */
export function answerWatchdog(): void {
  process.on("message", (message) => {
    if (message === ASK) process.send?.(ALIVE);
  });
}
