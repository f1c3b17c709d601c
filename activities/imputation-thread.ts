import { parentPort } from "node:worker_threads";
import type { Forecaster } from "../imputation/forecast.ts";
import type { ImputeTask } from "../imputation/impute-all.ts";
import { imputeAll } from "../imputation/impute-all.ts";
import { guardedArima } from "./arima.ts";
import type { ThreadTask } from "./imputation-pool.ts";

/** A thread of the imputation pool: one participant a message. */
parentPort?.on("message", ({ input, withoutArimaBecause }: ThreadTask<ImputeTask>) => {
  const forecaster: Forecaster =
    withoutArimaBecause === null ? guardedArima : () => refuse(withoutArimaBecause);
  parentPort?.postMessage(imputeAll(input, forecaster));
});

function refuse(because: string): never {
  throw new Error(because);
}
