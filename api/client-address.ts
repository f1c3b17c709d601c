import { getConnInfo } from "@hono/node-server/conninfo";
import type { Context } from "hono";

const LOOPBACK = /^(::1|(::ffff:)?127\.)/;

/**
 * The address a request comes from. A proxy on this machine names its client last in X-Forwarded-For; nobody else's
 * word is believed. Empty where there is no connection, as in a test.
 */
export function clientAddress(c: Context): string {
  if (!hasConnection(c.env)) return "";
  const { address = "" } = getConnInfo(c).remote;
  if (!LOOPBACK.test(address)) return address;
  return c.req.header("X-Forwarded-For")?.split(",").at(-1)?.trim() || address;
}

function hasConnection(bindings: unknown): boolean {
  return typeof bindings === "object" && bindings !== null && "incoming" in bindings;
}
