import type { Context, Hono } from "hono";
import { demoClient } from "../product-variables.ts";
import { MINUTE } from "../time.ts";
import type { RequestVariables, World } from "../world.ts";
import { consentPage } from "./consent-page.ts";

/** What the person at the consent page does; null: ticks everything and agrees. */
export type ConsentChoice = Readonly<{ deny?: boolean; scopes?: readonly string[] }> | null;

/**
 * GET /o/oauth2/v2/auth: Google's consent page. A browser, which asks for HTML, is shown the page and decides for itself
 * (POST). Anything else meets somebody who always agrees: `login_hint` (a short id) names the person; without it the
 * people of the roster come by one after the other.
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
    if (c.req.header("accept")?.includes("text/html"))
      return c.html(consentPage([...world.participants.values()], query));
    const participant = query.login_hint ?? nextVisitor(world, visitors);
    return decide(c, query, participant, choose(participant ?? ""));
  });
  app.post("/o/oauth2/v2/auth", async (c) => {
    const query: Query = c.req.query();
    const fault = requestFault(query);
    if (fault !== null) return c.text(`Error 400: ${fault}`, 400);
    const form = new URLSearchParams(await c.req.text());
    const deny = form.get("decision") !== "allow";
    return decide(c, query, form.get("account") ?? undefined, {
      deny,
      scopes: form.getAll("scope"),
    });
  });

  function decide(
    c: Context,
    query: Query,
    participant: string | undefined,
    choice: ConsentChoice,
  ) {
    visitors++;
    if (participant === undefined || !world.participants.has(participant))
      return c.text(`Error 400: invalid_request (no such participant)`, 400);
    // The count keeps two grants of one instant apart.
    const grant = `${participant}/${world.clock().getTime()}/${visitors}`;
    return redirect(c, query, consent(world, query, { participant, grant }, choice));
  }
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
