import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { Imputed, ImputeTask } from "../imputation/impute-all.ts";

/** What a thread is told. On a second attempt `arima` is left out, because the first took the thread down or ran out of time. */
export type ThreadTask<Input> = Readonly<{ input: Input; withoutArimaBecause: string | null }>;

export type Pool<Input, Output> = Readonly<{
  /** Runs a task on a free thread; waits where there is none. Rejects when it fails also without `arima`. */
  run(input: Input): Promise<Output>;
  /** Ends every thread; tasks still running are rejected. */
  close(): Promise<void>;
}>;

export type PoolOptions = Readonly<{
  script: URL;
  threads: number;
  /** A task that takes longer is ended with its thread. */
  timeoutSeconds: number;
  /** Tasks after which a thread is replaced: `arima` is 0.5 MB of C that was never made to run for weeks. */
  recycleAfter: number;
}>;

type Thread = { worker: Worker; tasks: number };

export type ImputationPool = Pool<ImputeTask, Imputed>;

/** Threads for fits and `arima`, so that neither blocks a worker's heartbeats and a dead WebAssembly is nobody else's. */
export function createImputationPool(options: Partial<PoolOptions> = {}): ImputationPool {
  return createPool<ImputeTask, Imputed>({
    script: new URL("./imputation-thread.ts", import.meta.url),
    threads: 2,
    timeoutSeconds: 60,
    recycleAfter: 200,
    ...options,
  });
}

export function createPool<Input, Output>(options: PoolOptions): Pool<Input, Output> {
  const idle: Thread[] = [];
  const waiting: (() => void)[] = [];
  const busy = new Set<Thread>();
  const turn = async (): Promise<Thread> => {
    while (busy.size >= options.threads)
      await new Promise<void>((resolve) => waiting.push(resolve));
    const thread = idle.pop() ?? { worker: startThread(options.script), tasks: 0 };
    busy.add(thread);
    return thread;
  };
  const giveBack = async (thread: Thread, reusable: boolean): Promise<void> => {
    busy.delete(thread);
    thread.tasks++;
    if (reusable && thread.tasks < options.recycleAfter) idle.push(thread);
    else await thread.worker.terminate();
    waiting.shift()?.();
  };
  const attempt = async (task: ThreadTask<Input>): Promise<Output> => {
    const thread = await turn();
    let reusable = false;
    try {
      const result = await ask<Output>(thread.worker, task, options.timeoutSeconds);
      reusable = true;
      return result;
    } finally {
      await giveBack(thread, reusable);
    }
  };
  return {
    run: (input) =>
      attempt({ input, withoutArimaBecause: null }).catch((error: unknown) =>
        attempt({ input, withoutArimaBecause: reasonOf(error) }),
      ),
    async close() {
      await Promise.all([...idle, ...busy].map(({ worker }) => worker.terminate()));
      idle.length = 0;
    },
  };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function startThread(script: URL): Worker {
  // The package prints its troubles to stdout; they are in its variances too.
  const worker = new Worker(script, { stdout: true, stderr: true });
  worker.stdout.resume();
  worker.stderr.resume();
  // A thread that fails between two tasks ends; the next task finds that out and a new one starts.
  worker.on("error", () => undefined);
  worker.unref();
  return worker;
}

/** One question to one thread. Rejects when the thread dies or takes too long; the caller then ends it. */
async function ask<Output>(
  worker: Worker,
  task: ThreadTask<unknown>,
  timeoutSeconds: number,
): Promise<Output> {
  const stop = new AbortController();
  const { signal } = stop;
  const timer = setTimeout(
    () => stop.abort(new Error("the thread ran out of time")),
    timeoutSeconds * 1000,
  );
  worker.ref();
  try {
    const exited = once(worker, "exit", { signal }).then(() => {
      throw new Error("the thread ended");
    });
    worker.postMessage(task);
    const [answer] = await Promise.race([once(worker, "message", { signal }), exited]);
    return answer;
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    clearTimeout(timer);
    worker.unref();
    stop.abort();
  }
}
