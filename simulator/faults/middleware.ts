import type { Context, MiddlewareHandler } from "hono";
import { z } from "zod";
import type { RequestLog } from "../request-log.ts";
import { SECOND } from "../time.ts";
import { whoAsks } from "../who-asks.ts";
import type { RequestVariables, World } from "../world.ts";
import type { Fault, FaultRequest } from "./fault.ts";
import { faults } from "./faults.ts";
import type { FaultKind } from "./kinds.ts";
import { ReplyBody } from "./reply-body.ts";
import type { FaultSwitch, Switchboard } from "./switchboard.ts";

/** Lets switched-on faults meet requests to the API and to the token endpoint: one fault a request. */
export function meetFaults(
  world: World,
  switchboard: Switchboard,
  log: RequestLog,
): MiddlewareHandler<RequestVariables> {
  return async (c, next) => {
    const { path } = c.req;
    const participant = await whoAsks(c, world);
    const one = switchboard.take({ participant, path }, (kind) => meets(kind, path));
    if (one === null) return next();
    const fault = faults[one.kind];
    const request = await requestOf(c, world);
    const told = fault.tellsToWait?.(one) ?? null;
    log.noteFault(participant, one.kind, told === null ? null : request.now + told * SECOND);
    const answer = await fault.instead?.(one, request);
    if (answer !== undefined && answer !== null) return answer;
    await next();
    if (c.res.status === 200) c.res = await bend(c.res, fault, request, one);
  };
}

/** Faults without an effect of their own are the consent route's, which takes them itself. */
function meets(kind: FaultKind, path: string): boolean {
  const { meets: paths, instead, bend: bending, bendText, send } = faults[kind];
  const effects = [instead, bending, bendText, send];
  return paths.test(path) && effects.some((effect) => effect !== undefined);
}

async function bend(
  response: Response,
  fault: Fault,
  request: FaultRequest,
  one: FaultSwitch,
): Promise<Response> {
  const text = await response.text();
  const bent =
    fault.bend === undefined
      ? text
      : JSON.stringify(fault.bend(ReplyBody.parse(JSON.parse(text)), request, one));
  const sent = fault.bendText?.(bent, one) ?? bent;
  if (fault.send !== undefined) return fault.send(sent, request, one);
  return new Response(sent, { headers: { "content-type": "application/json; charset=UTF-8" } });
}

async function requestOf(c: Context<RequestVariables>, { clock }: World): Promise<FaultRequest> {
  return {
    pageToken: await pageTokenOf(c),
    now: clock().getTime(),
    socket: () => {
      const { incoming } = c.env;
      if (incoming === undefined) throw new Error("This fault needs a connection to meet.");
      return incoming.socket;
    },
  };
}

async function pageTokenOf(c: Context<RequestVariables>): Promise<string | undefined> {
  if (c.req.method === "GET") return c.req.query("pageToken");
  try {
    return z.looseObject({ pageToken: z.string().optional() }).parse(await c.req.json()).pageToken;
  } catch {
    return undefined;
  }
}
