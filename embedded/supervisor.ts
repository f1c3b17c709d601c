import { setTimeout as wait } from "node:timers/promises";
import type { ChildExit } from "./child.ts";

/** What the supervisor needs of a running process: the handles of child.ts, database.ts and temporal.ts fit. */
export type RunningPart = Readonly<{
  pid: number;
  exited: Promise<ChildExit>;
  stop(): Promise<void>;
}>;

export type Supervisor = Readonly<{
  /**
   * Starts a part and watches it; `restart` starts it again when it dies, else its death is fatal. Throws what the
   * start threw, and where everything is being stopped.
   */
  keep<Running extends RunningPart>(
    name: string,
    start: () => Promise<Running>,
    options?: Readonly<{ restart: boolean }>,
  ): Promise<Running>;
  /** Process ids by name, of those that run now. */
  pids(): Record<string, number>;
  /** Stops everything, last started first, each in good order, what is still starting too; says what did not. */
  stop(): Promise<void>;
}>;

type Kept = {
  name: string;
  running: RunningPart;
  start: () => Promise<RunningPart>;
  restart: boolean;
  /** When it died lately, in epoch milliseconds. */
  deaths: number[];
};

const MAX_DEATHS_A_MINUTE = 30;

/**
 * Keeps the processes of one machine together. `say` gets what happened to whom; `onFatal` is called when a part
 * that may not die has died, or one keeps dying; `onChange` whenever a process has come or was replaced by another.
 */
export function createSupervisor(
  say: (name: string, line: string) => void,
  onFatal: (message: string) => void,
  onChange: () => void = () => {},
): Supervisor {
  const kept: Kept[] = [];
  const starting = new Set<Promise<RunningPart>>();
  let stopping = false;

  /** Waits for the part's end; resolves when nobody needs to watch it any more. */
  const watch = async (part: Kept): Promise<void> => {
    const { code, signal } = await part.running.exited;
    if (stopping) return;
    const how = `${part.name} ended (${signal ?? `exit code ${code}`})`;
    if (!mayRestart(part)) return onFatal(how);
    say(part.name, `${how}; starting it again`);
    part.running = await startAgain(part, say);
    if (stopping) return part.running.stop();
    onChange();
    return watch(part);
  };

  const begin = async <Running extends RunningPart>(
    name: string,
    start: () => Promise<Running>,
    options: Readonly<{ restart: boolean }>,
  ): Promise<Running> => {
    const running = await start();
    const part: Kept = { name, running, start, restart: options.restart, deaths: [] };
    kept.push(part);
    onChange();
    watch(part).catch((error: unknown) => onFatal(`${name}: ${String(error)}`));
    return running;
  };

  return {
    async keep(name, start, options = { restart: false }) {
      if (stopping) throw new Error(`${name} is not started: everything is being stopped`);
      const part = begin(name, start, options);
      starting.add(part);
      return await part.finally(() => starting.delete(part));
    },
    pids: () =>
      Object.fromEntries(
        kept.flatMap(({ name, running }) => (running.pid > 0 ? [[name, running.pid]] : [])),
      ),
    async stop() {
      stopping = true;
      // A part that is half-way up is waited for: killed there, it might leave children of its own behind.
      await Promise.allSettled(starting);
      for (const { name, running } of kept.toReversed()) {
        await running.stop().catch((error: unknown) => say(name, String(error)));
      }
    },
  };
}

/** Whether a part that has just died is to be started again: not where it keeps dying. */
function mayRestart(part: Kept): boolean {
  const now = Date.now();
  part.deaths = [...part.deaths.filter((at) => now - at < 60_000), now];
  return part.restart && part.deaths.length <= MAX_DEATHS_A_MINUTE;
}

/** A start that fails counts as a part that died at once: what it needs may itself be coming up again. */
async function startAgain(
  { name, start }: Kept,
  say: (name: string, line: string) => void,
): Promise<RunningPart> {
  try {
    return await start();
  } catch (error) {
    say(name, error instanceof Error ? error.message : String(error));
    await wait(1000);
    return { pid: 0, exited: Promise.resolve({ code: 1, signal: null }), stop: async () => {} };
  }
}
