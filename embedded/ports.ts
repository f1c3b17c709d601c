import { once } from "node:events";
import type { Server } from "node:net";
import { createServer } from "node:net";

/** Everything embedded listens here and nowhere else. */
export const LOOPBACK = "127.0.0.1";

/** Says who wants the port, and how to give it another: by an environment variable or a flag. */
function portInUse(port: number, what: string, variable: string): Error {
  return new Error(
    `Port ${port} is in use, so ${what} cannot listen on ${LOOPBACK}:${port}: set ${variable} to another port, or stop what listens there`,
  );
}

/** Listens on loopback (0 picks a free port) and returns the port; throws `portInUse` where it is taken. */
export async function listenOnLoopback(
  server: Server,
  port: number,
  what: string,
  variable: string,
): Promise<number> {
  server.listen(port, LOOPBACK);
  try {
    await once(server, "listening");
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "EADDRINUSE")
      throw portInUse(port, what, variable);
    throw cause;
  }
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : port;
}

async function tryPort(port: number, what: string, variable: string): Promise<number> {
  const server = createServer();
  const found = await listenOnLoopback(server, port, what, variable);
  server.close();
  await once(server, "close");
  return found;
}

/** Throws a clear error where something already listens on the port; `variable` is what sets another. */
export async function assertPortFree(port: number, what: string, variable: string): Promise<void> {
  await tryPort(port, what, variable);
}

/** A port nobody listens on at this moment. */
export async function findFreePort(): Promise<number> {
  return await tryPort(0, "a server", "the port");
}
