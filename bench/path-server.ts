import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { announceReady, endWith } from "../embedded/lifetime.ts";

/**
 * Stands before the simulator in a process of its own and answers what was asked before from memory, so that bench:path
 * measures our reading and not how fast people can be simulated.
 *   node bench/path-server.ts http://127.0.0.1:PORT
 */
const [upstream = ""] = process.argv.slice(2);

type Kept = Readonly<{ body: Buffer; status: number; type: string }>;
const kept = new Map<string, Kept>();

const app = new Hono();
app.all("*", async ({ req }) => {
  const { pathname, search } = new URL(req.url);
  const sent = await req.text();
  const key = [req.method, pathname, search, req.header("authorization"), sent].join(" ");
  let answer = kept.get(key);
  if (answer === undefined) {
    answer = await ask(`${upstream}${pathname}${search}`, req.raw, sent);
    if (answer.status === 200) kept.set(key, answer);
  }
  return new Response(new Uint8Array(answer.body), {
    status: answer.status,
    headers: { "content-type": answer.type },
  });
});

async function ask(url: string, { method, headers }: Request, sent: string): Promise<Kept> {
  const reply = await fetch(url, {
    method,
    headers: {
      authorization: headers.get("authorization") ?? "",
      "content-type": headers.get("content-type") ?? "application/json",
    },
    ...(sent !== "" && { body: sent }),
  });
  return {
    body: Buffer.from(await reply.arrayBuffer()),
    status: reply.status,
    type: reply.headers.get("content-type") ?? "application/json",
  };
}

const server = serve({ fetch: app.fetch, hostname: "127.0.0.1", port: 0 }, ({ port }) =>
  announceReady({ port }),
);
endWith(
  async () => {
    server.close();
    if ("closeAllConnections" in server) server.closeAllConnections();
  },
  (error) => console.error(error),
);
