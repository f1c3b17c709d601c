import type { Logger } from "pino";
import pino from "pino";

export type Log = Logger;

/**
 * The only maker of loggers: JSON lines on stdout, UTC times. Nothing measured, no name, no address and no
 * token is ever passed to it; the paths below are a second fence.
 */
export function createLog(name: string, level: string): Log {
  return pino({
    name,
    level,
    base: { name },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: ["*.accessToken", "*.refreshToken", "*.authorization", "*.body", "*.payload"],
  });
}
