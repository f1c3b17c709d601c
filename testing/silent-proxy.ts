import type { AddressInfo, Socket } from "node:net";
import { connect, createServer } from "node:net";

/** A way to a TCP server that can fall silent: connections are still taken, but nothing goes either way. */
export async function silentProxy(target: string) {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let silent = false;
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket)).on("error", () => undefined);
  };
  const server = createServer((near) => {
    keep(near);
    if (silent) return;
    const far = connect({ host: hostname, port: Number(port) });
    keep(far);
    near.pipe(far).pipe(near);
    near.on("close", () => far.destroy());
    far.on("close", () => near.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = new URL(target);
  url.hostname = "127.0.0.1";
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    /** What is open hangs from now on, and for ever. */
    fallSilent() {
      silent = true;
      for (const socket of sockets) socket.unpipe().pause();
    },
    /** New connections are served again; those that hung do not come back. */
    answerNewOnes() {
      silent = false;
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
