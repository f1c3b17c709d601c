import type { RunningPart } from "../../embedded/supervisor.ts";
import { createSupervisor } from "../../embedded/supervisor.ts";
import { killHard } from "../../testing/stack.ts";

export type PartName = "database" | "temporal" | "simulator" | "api" | "worker";

/** The processes of an installation under the supervisor of `npm start`, which starts again what dies. */
export type Parts = Readonly<{
  keep<Running extends RunningPart & Readonly<{ serverPid?: number }>>(
    name: PartName,
    start: () => Promise<Running>,
  ): Promise<Running>;
  /** The process that serves: of Temporal the server itself, whose keeper notices that it is gone. */
  pid(name: PartName): number;
  /** kill -9. */
  kill(name: PartName): void;
  /** kill -9, and it stays down until the answer is called. */
  takeDown(name: PartName): () => void;
  /** What the supervisor gave up over; empty when all is well. */
  fatal: readonly string[];
  lastWords(): string;
  /** Everything the parts have said. */
  allWords(): string;
  stop(): Promise<void>;
  say(name: string, line: string): void;
}>;

const KEPT_LINES = 60;

export function createParts(): Parts {
  const lines: string[] = [];
  const fatal: string[] = [];
  const servers = new Map<PartName, number>();
  /** Parts that may not start again before somebody repairs them. */
  const down = new Map<PartName, Promise<void>>();
  const say = (name: string, line: string) => {
    lines.push(`[${name}] ${line}`);
  };
  const supervisor = createSupervisor(say, (message) => fatal.push(message));
  const pid = (name: PartName) => servers.get(name) ?? 0;
  const kill = (name: PartName) => {
    killHard(pid(name));
    servers.delete(name);
  };
  return {
    keep: (name, start) => {
      const begin = async () => {
        await down.get(name);
        const running = await start();
        servers.set(name, running.serverPid ?? running.pid);
        return running;
      };
      return supervisor.keep(name, begin, { restart: true });
    },
    pid,
    kill,
    takeDown(name) {
      const { promise, resolve } = Promise.withResolvers<void>();
      down.set(name, promise);
      kill(name);
      return resolve;
    },
    fatal,
    lastWords: () => lines.slice(-KEPT_LINES).join("\n"),
    allWords: () => lines.join("\n"),
    stop: () => supervisor.stop(),
    say,
  };
}
