import { z } from "zod";
import { isObject } from "./json.ts";

/** What a refusal of Google's says, by A7 of its error model; empty where it is none of Google's. */
export type GoogleError = Readonly<{
  /** False for a page of HTML or anything else that a proxy may have written. */
  isGoogles: boolean;
  status: string;
  message: string;
  reasons: readonly string[];
  retryDelay: string | undefined;
}>;

const text = z.string().catch("");
const Refusal = z.object({
  error: z.union([
    z
      .string()
      .transform((reason) => ({ status: "", message: "", details: [], errors: [{ reason }] })),
    z.object({
      status: text,
      message: text,
      details: z.array(z.unknown()).catch([]),
      errors: z.array(z.object({ reason: text })).catch([]),
    }),
  ]),
});
const Detail = z.object({
  "@type": text,
  reason: text,
  retryDelay: z.string().optional().catch(undefined),
  metadata: z.object({ detailedReasons: text }).catch({ detailedReasons: "" }),
});

const NONE: GoogleError = {
  isGoogles: false,
  status: "",
  message: "",
  reasons: [],
  retryDelay: undefined,
};

/** Reads the body of a refusal; never throws. */
export function readGoogleError(body: string): GoogleError {
  const refusal = Refusal.safeParse(parse(body));
  if (!refusal.success) return NONE;
  const { status, message, errors, details } = refusal.data.error;
  const known = details.filter(isObject).map((detail) => Detail.parse(detail));
  const reasons = [
    ...errors.map(({ reason }) => reason),
    ...known.flatMap(({ reason, metadata }) => [
      reason,
      ...metadata.detailedReasons.split(/[\s,]+/),
    ]),
  ];
  return {
    isGoogles: true,
    status,
    message,
    reasons: reasons.filter((reason) => reason !== ""),
    retryDelay: known.find((detail) => detail["@type"].endsWith("/google.rpc.RetryInfo"))
      ?.retryDelay,
  };
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}
