import type { Config } from "../config.ts";

const LOOPBACK = new Set(["127.0.0.1", "localhost", "[::1]"]);

/** Whether an address points at this machine. */
function isLoopback(url: string): boolean {
  return LOOPBACK.has(new URL(url).hostname);
}

/** The embedded database is for trying out: people's data from a live source may not go there by accident. */
export function refuseLiveOnEmbedded(
  config: Pick<Config, "EMBEDDED" | "ALLOW_EMBEDDED" | "GOOGLE_HEALTH_URL">,
): void {
  const live = !isLoopback(config.GOOGLE_HEALTH_URL);
  if (live && config.EMBEDDED === "1" && config.ALLOW_EMBEDDED !== "1") {
    throw new Error(
      "A live source may not write into the embedded database, which is for trying out: set DATABASE_URL to a TimescaleDB, or ALLOW_EMBEDDED=1 if you mean it",
    );
  }
}
