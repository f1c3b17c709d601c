import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { z } from "zod";
import { Refusal } from "../../sql/refusal.ts";
import type { AppEnv } from "../deps.ts";
import { failureOf, statusOf } from "../failures.ts";

export type FieldError = Readonly<{ in: string; field: string; message: string }>;

/** What was asked does not fit together, though each part may; answered with 422 and these. */
export class Unprocessable extends Error {
  readonly errors: readonly FieldError[];

  constructor(errors: readonly FieldError[]) {
    super("unprocessable");
    this.errors = errors;
  }
}

/** What would have to do it is away, or not offered here: 503 in these words, and nothing was done. */
export class Unavailable extends Error {
  readonly title = "Nothing was done";
  readonly detail =
    "What does this is away or not offered here: the workflow server, or the threads that draw. Nothing was changed; try again in a few minutes.";
}

/** The issues of a schema, field by field. */
export function fieldErrors(target: string, error: z.core.$ZodError): FieldError[] {
  return error.issues.map(({ path, message }) => ({ in: target, field: path.join("."), message }));
}

type Words = Readonly<{ title: string; detail: string; errors?: readonly FieldError[] }>;

const WORDS: Readonly<Record<number, Words>> = {
  401: {
    title: "Who are you?",
    detail:
      "Send Authorization: Bearer and a token that is still good (npm run wearflow -- token make), or sign in to the pages.",
  },
  403: {
    title: "Not with these rights",
    detail: "Your role, or the scope of this token, does not include this.",
  },
  404: {
    title: "Nothing here",
    detail: "There is no such address, or none with this id that you may see.",
  },
  405: { title: "Not this way", detail: "The address exists, but not for this method: see Allow." },
};

/** A failure as RFC 9457 has it: no cause, no stack, no value; the number leads to the log. */
export function sendProblem(c: Context<AppEnv>, error: unknown, status: number): Response {
  const told = wordsOf(error, status);
  const problem = {
    type: "about:blank",
    title: told.title,
    status,
    detail: told.detail,
    instance: `urn:uuid:${c.get("requestId") ?? ""}`,
    ...(told.errors && { errors: told.errors }),
  };
  if (status === 401) c.header("WWW-Authenticate", 'Bearer realm="wearflow"');
  return c.body(JSON.stringify(problem), status as ContentfulStatusCode, {
    "Content-Type": "application/problem+json",
  });
}

function wordsOf(error: unknown, status: number): Words {
  if (error instanceof Unprocessable) {
    return {
      title: "This cannot be asked",
      detail: "See errors: what is wrong, field by field.",
      errors: error.errors,
    };
  }
  if (error instanceof Unavailable) return { title: error.title, detail: error.detail };
  if (error instanceof Refusal) return { title: "This cannot be done", detail: error.message };
  const { title, detail } = WORDS[status] ?? failureOf(status);
  return { title, detail };
}

/** The status an error becomes: what cannot be asked is 422, what cannot be done now 409, all else as on the pages. */
export function problemStatusOf(error: unknown): number {
  if (error instanceof Unprocessable) return 422;
  if (error instanceof Refusal) return 409;
  if (error instanceof Unavailable) return 503;
  return statusOf(error);
}
