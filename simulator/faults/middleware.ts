import type { Context, MiddlewareHandler } from "hono";
import { z } from "zod";
import { whoAsks } from "../who-asks.ts";
import type { RequestVariables, World } from "../world.ts";
import type { Fault } from "./faults.ts";
import { faults } from "./faults.ts";
import { ReplyBody } from "./reply-body.ts";
import type { FaultKind, Switchboard } from "./switchboard.ts";

/** Lets switched-on faults meet requests to the API and to the token endpoint: one fault a request. */
export function meetFaults(
  world: World,
  switchboard: Switchboard,
): MiddlewareHandler<RequestVariables> {
  return async (c, next) => {
    const { path } = c.req;
    const participant = await whoAsks(c, world);
    const one = switchboard.take({ participant, path }, (kind) => meets(kind, path));
    if (one === null) return next();
    const fault = faults[one.kind];
    const request = { pageToken: await pageTokenOf(c), now: world.clock().getTime() };
    const answer = await fault.instead?.(one, request);
    if (answer !== undefined && answer !== null) return answer;
    await next();
    if (c.res.status === 200) c.res = await bend(c.res, fault, request);
  };
}

/** Faults without an effect of their own are the consent route's, which takes them itself. */
function meets(kind: FaultKind, path: string): boolean {
  const { meets: paths, instead, bend: bending, bendText } = faults[kind];
  return paths.test(path) && [instead, bending, bendText].some((effect) => effect !== undefined);
}

async function bend(
  response: Response,
  fault: Fault,
  request: Parameters<NonNullable<Fault["bend"]>>[1],
): Promise<Response> {
  const text = await response.text();
  const bent =
    fault.bend === undefined
      ? text
      : JSON.stringify(fault.bend(ReplyBody.parse(JSON.parse(text)), request));
  return new Response(fault.bendText?.(bent) ?? bent, {
    headers: { "content-type": "application/json; charset=UTF-8" },
  });
}

async function pageTokenOf(c: Context<RequestVariables>): Promise<string | undefined> {
  if (c.req.method === "GET") return c.req.query("pageToken");
  try {
    return z.looseObject({ pageToken: z.string().optional() }).parse(await c.req.json()).pageToken;
  } catch {
    return undefined;
  }
}
