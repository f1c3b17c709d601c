import { z } from "zod";
import type { SourceError } from "../errors.ts";
import { AuthorizationRevoked, RateLimited, SourceUnavailable } from "../errors.ts";
import { momentOf, secondsToWait } from "./retry-after.ts";

/** The parts of the OAuth library's error (a Boom) that hold no secret. */
const Failure = z.object({
  code: z.string().optional().catch(undefined),
  output: z.object({ statusCode: z.number() }),
  data: z
    .object({
      payload: z.object({ error: z.string() }).optional().catch(undefined),
      res: z
        .object({
          statusCode: z.number(),
          headers: z.object({
            "retry-after": z.string().optional(),
            date: z.string().optional(),
          }),
        })
        .optional()
        .catch(undefined),
    })
    .nullish()
    .catch(undefined),
});

/** Codes by which a token endpoint asks for another try. */
const TRANSIENT = /^(temporarily_unavailable|server_error|internal_failure|backend_error)$/;

/**
 * The error a failed call of a token endpoint stands for. Only the provider's own `invalid_grant` speaks of the
 * participant; every other refusal is about our client. The library's error is never the cause: it carries the
 * request with its tokens and the client's secret.
 */
export function authorizerErrorOf(error: unknown, now: Date): SourceError {
  const failure = Failure.safeParse(error);
  if (!failure.success) return new SourceUnavailable("The token endpoint cannot be reached");
  const { data, output } = failure.data;
  const code = data?.payload?.error;
  // A page of HTML becomes the library's own 406, whatever its status was.
  const status = data?.res?.statusCode ?? output.statusCode;
  if (code === "invalid_grant") {
    return new AuthorizationRevoked("The provider says invalid_grant; consent is needed again", {
      evidence: "invalid_grant",
    });
  }
  if (status === 429) {
    const { "retry-after": header = null, date } = data?.res?.headers ?? {};
    return new RateLimited(secondsToWait(header, undefined, momentOf(date, now)));
  }
  return unavailable(code, status, failure.data.code);
}

/** Whether the provider says that the token it was given is dead already. */
export function isDeadToken(error: unknown): boolean {
  const code = Failure.safeParse(error).data?.data?.payload?.error;
  return code === "invalid_token" || code === "invalid_grant";
}

function unavailable(
  code: string | undefined,
  status: number,
  networkCode: string | undefined,
): SourceUnavailable {
  if (code === undefined) {
    const cause = new Error(networkCode ?? `status ${status}`);
    return new SourceUnavailable("The token endpoint gives no usable answer", { cause });
  }
  // The code is shown only where it looks like one.
  const shown = /^[a-z][a-z_]{2,39}$/.test(code) ? code : `status ${status}`;
  return new SourceUnavailable(`The token endpoint refuses our client: ${shown}`, {
    projectLevel: status < 500 && !TRANSIENT.test(code),
  });
}
