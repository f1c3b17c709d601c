import type { HttpBindings } from "@hono/node-server";
import type { Tokens } from "./oauth/tokens.ts";
import type { Participant } from "./participant.ts";

/** What every route needs to know. */
export type World = Readonly<{
  seed: number;
  clock: () => Date;
  /** By short id, in roster order. */
  participants: ReadonlyMap<string, Participant>;
  tokens: Tokens;
  requestsPerMinute: number;
  /** Whether a refresh token is exchanged for another at each use; Google's is not. */
  singleUseRefreshTokens: boolean;
  /** A page never holds more, whatever is asked for. */
  pageCap: number;
}>;

/** What the middleware found out about a request (Hono's context variables), and the connection, where it came by one. */
export type RequestVariables = {
  Bindings: Partial<HttpBindings>;
  Variables: {
    participant: Participant;
    scopes: readonly string[];
  };
};
