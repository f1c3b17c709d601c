import type { Context } from "hono";
import { bearerToken } from "./oauth/bearer.ts";
import { readForm } from "./oauth/token-route.ts";
import type { RequestVariables, World } from "./world.ts";

/** The participant a request is about, judged by its token alone, live or not; null where none is named. */
export async function whoAsks(
  c: Context<RequestVariables>,
  { tokens }: World,
): Promise<string | null> {
  const bearer = tokens.read(bearerToken(c.req.header("authorization")));
  if (bearer !== null) return bearer.participant;
  const { refresh_token, code, token } = c.req.method === "POST" ? await readForm(c) : {};
  return tokens.read(refresh_token ?? code ?? token)?.participant ?? null;
}
