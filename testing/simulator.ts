import { once } from "node:events";
import { serve } from "@hono/node-server";
import type { Simulator, SimulatorOptions } from "../simulator/create-simulator.ts";
import { createSimulator } from "../simulator/create-simulator.ts";

export type TestSimulator = Readonly<{ url: string; simulator: Simulator; stop(): Promise<void> }>;

/** The simulator on a free loopback port, over real HTTP. */
export async function testSimulator(options: SimulatorOptions): Promise<TestSimulator> {
  const simulator = await createSimulator(options);
  const server = serve({ fetch: simulator.app.fetch, hostname: "127.0.0.1", port: 0 });
  await once(server, "listening");
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("The simulator has no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    simulator,
    async stop() {
      const closed = once(server, "close");
      server.close();
      if ("closeAllConnections" in server) server.closeAllConnections();
      await closed;
    },
  };
}
