import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import type { SSEMessage, SSEStreamingApi } from "hono/streaming";
import { streamSSE } from "hono/streaming";
import { z } from "zod";
import { requires } from "../auth/visitor.ts";
import { clientAddress } from "./client-address.ts";
import type { AppDeps, AppEnv } from "./deps.ts";
import type { Live, News } from "./live.ts";

const HEARTBEAT_MS = 20_000;

const Seen = z.coerce.number().int().min(0).catch(0);

/**
 * GET /events: `moved` whenever the status page would show something new, `silent` while nobody can tell, with the
 * instant since when. `moved` carries only the counter; the page then fetches itself, so each filter sees its own
 * rows. A reconnecting page names the last value it saw.
 */
export function eventRoutes({ stopping }: Pick<AppDeps, "stopping">, live: Live): Hono<AppEnv> {
  const routes = new Hono<AppEnv>();
  routes.get("/events", requires("live.read"), (c) => {
    if (c.req.method === "HEAD") return c.body(null);
    const seen = Seen.parse(c.req.header("Last-Event-ID") || c.req.query("since"));
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    // What is told before the stream is open is told once it is.
    let early: News | undefined;
    let tell = (news: News): void => {
      early = news;
    };
    const leave = live.listen({ seen, address: clientAddress(c) }, (news) => tell(news));
    if (leave === null) {
      c.header("Retry-After", "60");
      throw new HTTPException(429);
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
function teller(stream: SSEStreamingApi): (news: News) => void {
  let writing = false;
  let newest: News | undefined;
  const write = async () => {
    writing = true;
    while (newest !== undefined) {
      const news = newest;
      newest = undefined;
      await stream.writeSSE(eventOf(news));
    }
    writing = false;
  };
  return (news) => {
    newest = news;
    if (!writing) void write();
  };
}

function eventOf(news: News): SSEMessage {
  if ("silentSince" in news) return { event: "silent", data: news.silentSince.toISOString() };
  const id = String(news.counter);
  return { event: "moved", id, data: id };
}
