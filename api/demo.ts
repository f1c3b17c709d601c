import type { Config } from "../config.ts";

const LOOPBACK = new Set(["127.0.0.1", "::1", "localhost"]);
/** The client id npm start gives the simulator. */
const DEMO_CLIENT_ID = "wearflow-demo";

/**
 * Whether visitors are signed in as the demo coordinator: only the simulator is connected, the database is the
 * embedded one, and nobody outside this machine can come in. Anything else turns it off.
 */
export function isDemo({
  SIMULATOR_URL,
  HTTP_HOST,
  GOOGLE_CLIENT_ID = DEMO_CLIENT_ID,
  EMBEDDED,
}: Pick<Config, "SIMULATOR_URL" | "HTTP_HOST" | "GOOGLE_CLIENT_ID" | "EMBEDDED">): boolean {
  const onlySimulator = SIMULATOR_URL !== undefined && GOOGLE_CLIENT_ID === DEMO_CLIENT_ID;
  return onlySimulator && LOOPBACK.has(HTTP_HOST) && EMBEDDED === "1";
}
