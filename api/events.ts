import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import type { SSEStreamingApi } from "hono/streaming";
import { streamSSE } from "hono/streaming";
import { z } from "zod";
import { requires } from "../auth/visitor.ts";
import type { AppDeps, AppEnv } from "./deps.ts";
import type { Live } from "./live.ts";

const HEARTBEAT_MS = 20_000;

const Seen = z.coerce.number().int().min(0).catch(0);

/**
 * GET /events: `moved` whenever the status page would show something new, `silent` when nobody can tell. The event
 * carries only the counter; the page then fetches itself, so each filter sees its own rows. A reconnecting page names
 * the last value it saw.
 */
export function eventRoutes({ stopping }: Pick<AppDeps, "stopping">, live: Live): Hono<AppEnv> {
  const routes = new Hono<AppEnv>();
  routes.get("/events", requires("live.read"), (c) => {
    if (c.req.method === "HEAD") return c.body(null);
    const seen = Seen.parse(c.req.header("Last-Event-ID") || c.req.query("since"));
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    // What is told before the stream is open is told once it is.
    let early: number | null | undefined;
    let tell = (counter: number | null): void => {
      early = counter;
    };
    const leave = live.listen(seen, (counter) => tell(counter));
    if (leave === null) {
      c.header("Retry-After", "60");
      throw new HTTPException(503);
    }
    stopping?.addEventListener("abort", () => end(), { once: true });
    if (stopping?.aborted) end();
    return streamSSE(c, async (stream) => {
      stream.onAbort(() => end());
      tell = teller(stream);
      const heart = setInterval(() => void stream.write(": still here\n\n"), HEARTBEAT_MS);
      await stream.write(": listening\n\n");
      if (early !== undefined) tell(early);
      await ended;
      clearInterval(heart);
      leave();
    });
  });
  return routes;
}

/** Writes one event at a time; a reader too slow for them gets the newest only. */
function teller(stream: SSEStreamingApi): (counter: number | null) => void {
  let writing = false;
  let newest: number | null | undefined;
  const write = async () => {
    writing = true;
    while (newest !== undefined) {
      const id = newest === null ? null : String(newest);
      newest = undefined;
      const silent = { event: "silent", data: "" };
      await stream.writeSSE(id === null ? silent : { event: "moved", id, data: id });
    }
    writing = false;
  };
  return (counter) => {
    newest = counter;
    if (!writing) void write();
  };
}
