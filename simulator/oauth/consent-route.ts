import type { Context, Hono } from "hono";
import { demoClient } from "../product-variables.ts";
import { MINUTE } from "../time.ts";
import type { RequestVariables, World } from "../world.ts";

/** What the person at the consent page does; null: ticks everything and agrees. */
export type ConsentChoice = Readonly<{ deny?: boolean; scopes?: readonly string[] }> | null;

/**
 * GET /o/oauth2/v2/auth: Google's consent page with somebody who always agrees. `login_hint` (a short id)
 * names the person; without it the people of the roster come by one after the other.
 */
export function addConsentRoute(
  app: Hono<RequestVariables>,
  world: World,
  choose: (participant: string) => ConsentChoice,
): void {
  let visitors = 0;
  app.get("/o/oauth2/v2/auth", (c) => {
    const query: Query = c.req.query();
    const fault = requestFault(query);
    if (fault !== null) return c.text(`Error 400: ${fault}`, 400);
    const participant = query.login_hint ?? nextVisitor(world, visitors);
    visitors++;
    if (participant === undefined || !world.participants.has(participant))
      return c.text(`Error 400: invalid_request (no such participant)`, 400);
    // The count keeps two grants of one instant apart.
    const grant = `${participant}/${world.clock().getTime()}/${visitors}`;
    return redirect(c, query, consent(world, query, { participant, grant }, choose(participant)));
  });
}

type Query = Readonly<
  Partial<
    Record<
      | "access_type"
      | "client_id"
      | "code_challenge"
      | "code_challenge_method"
      | "login_hint"
      | "redirect_uri"
      | "response_type"
      | "scope"
      | "state",
      string
    >
  >
>;

function requestFault(query: Query): string | null {
  if (query.client_id !== demoClient.id) return "invalid_client";
  if (!URL.canParse(query.redirect_uri ?? "")) return "redirect_uri_mismatch";
  if (query.response_type !== "code") return "invalid_request (response_type)";
  if (query.scope === undefined) return "invalid_request (scope)";
  const method = query.code_challenge_method ?? "S256";
  return method === "S256" ? null : "invalid_request (code_challenge_method)";
}

function nextVisitor({ participants }: World, visitors: number): string | undefined {
  const ids = [...participants.keys()];
  return ids[visitors % Math.max(1, ids.length)];
}

function consent(
  world: World,
  query: Query,
  who: Readonly<{ participant: string; grant: string }>,
  choice: ConsentChoice,
): Readonly<Record<string, string>> {
  if (choice?.deny === true) return { error: "access_denied" };
  const asked = (query.scope ?? "").split(" ").filter((scope) => scope !== "");
  const { scopes = asked } = choice ?? {};
  const scope = asked.filter((one) => scopes.includes(one)).join(" ");
  const challenge = query.code_challenge;
  const code = world.tokens.sign({
    kind: "code",
    ...who,
    scope,
    expiresAt: world.clock().getTime() + 10 * MINUTE,
    offline: query.access_type === "offline",
    ...(query.redirect_uri !== undefined && { redirectUri: query.redirect_uri }),
    ...(challenge !== undefined && { challenge }),
  });
  return { code, scope };
}

function redirect(
  c: Context,
  query: Query,
  parameters: Readonly<Record<string, string>>,
): Response {
  const target = new URL(query.redirect_uri ?? "");
  if (query.state !== undefined) target.searchParams.set("state", query.state);
  for (const [name, value] of Object.entries(parameters)) target.searchParams.set(name, value);
  return c.redirect(target.href);
}
