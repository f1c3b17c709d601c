import { Refusal } from "../sql/refusal.ts";

const LONGEST = 500;

/** Why somebody does something: required of every change, in their own words. */
export function readReason(text: string | undefined): string {
  const reason = text?.trim() ?? "";
  if (reason === "") throw new Refusal("why", "Say why, for whoever reads the history later");
  if (reason.length > LONGEST) throw new Refusal("why", `must be at most ${LONGEST} characters`);
  return reason;
}
