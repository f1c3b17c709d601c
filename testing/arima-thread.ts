import { parentPort } from "node:worker_threads";
import ARIMA from "arima";
import { guardedArima } from "../activities/arima.ts";
import type { ThreadTask } from "../activities/imputation-pool.ts";
import type { ArimaOrder } from "../imputation/forecast.ts";

/** What a test has a thread do: ask the guarded package, or the bare one, or misbehave. */
export type ArimaQuestion =
  | Readonly<{ ask: "guarded"; history: Float64Array; length: number; order: string }>
  | Readonly<{ ask: "bare"; history: readonly (number | null)[]; options: object; length: number }>
  | Readonly<{
      ask: "bare with regressor";
      history: readonly number[];
      regressor: readonly number[];
    }>
  | Readonly<{ ask: "after destroy"; history: readonly number[] }>
  | Readonly<{ ask: "never answer" }>
  | Readonly<{ ask: "who are you" }>;

export type ArimaAnswer = Readonly<{
  mean?: ArrayLike<number>;
  variance?: ArrayLike<number>;
  refused?: string;
  calls: number;
  withoutArimaBecause: string | null;
}>;

let calls = 0;

parentPort?.on("message", ({ input, withoutArimaBecause }: ThreadTask<ArimaQuestion>) => {
  calls++;
  parentPort?.postMessage({ ...answer(input, withoutArimaBecause), calls, withoutArimaBecause });
});

function answer(question: ArimaQuestion, withoutArimaBecause: string | null) {
  if (withoutArimaBecause !== null || question.ask === "who are you") return {};
  if (question.ask === "never answer") for (;;);
  if (question.ask === "bare") {
    const model = new ARIMA({ verbose: false, ...question.options });
    // As JavaScript would let anybody do: the types do not forbid a null.
    return predicted(model.train([...question.history] as number[]).predict(question.length));
  }
  if (question.ask === "bare with regressor") {
    const model = new ARIMA({ p: 1, d: 0, q: 1, method: 1, transpose: true, verbose: false });
    const rows = question.regressor.map((value) => [value, 0]);
    return predicted(model.train([...question.history], rows).predict(5, rows.slice(0, 5)));
  }
  if (question.ask === "after destroy") {
    const model = new ARIMA({ p: 1, d: 0, q: 1, method: 1, verbose: false });
    model.train([...question.history]);
    model.destroy();
    return predicted(model.predict(5));
  }
  try {
    return guardedArima(question.history, question.length, question.order as ArimaOrder);
  } catch (error) {
    return { refused: String(error) };
  }
}

function predicted([mean, variance]: [number[], number[]]) {
  return { mean, variance };
}
