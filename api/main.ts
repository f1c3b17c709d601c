import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { drawImputed } from "../activities/draw-imputed.ts";
import { createImputationPool } from "../activities/imputation-pool.ts";
import { publicUrlOf, readConfig } from "../config.ts";
import { googleOf, webhooksOf } from "../consent/google.ts";
import { createLog } from "../log.ts";
import { createContactCipher } from "../sql/contact-cipher.ts";
import { createPool } from "../sql/pool.ts";
import { createTokenCipher } from "../sql/token-cipher.ts";
import { fetchLater } from "../worker/fetch-later.ts";
import { fetchNow } from "../worker/fetch-now.ts";
import { startImputation } from "../worker/start-imputation.ts";
import { startWithdrawal } from "../worker/withdrawals.ts";
import { createApp } from "./app.ts";
import type { ConsentPages } from "./consent.ts";
import { contactPagesOf } from "./contact-config.ts";
import { isDemo } from "./demo.ts";
import { createDemoGate } from "./demo-gate.ts";
import { offerFirstLink } from "./first-link.ts";
import { oidcOf } from "./sign-in-config.ts";
import { createTemporal } from "./temporal-client.ts";

const config = readConfig();
const log = createLog("api", config.LOG_LEVEL);
if (config.DATABASE_URL === undefined) {
  throw new Error(
    "The pages need DATABASE_URL; npm start sets it, .env.example says how to set it",
  );
}
// Longer than any request waits, so that it never cuts off what somebody still waits for.
const patience = { connectWithinMs: 10_000, queryWithinMs: 60_000 };
const db = createPool(config.DATABASE_URL, "wearflow-api", 16, patience);
const stopping = new AbortController();
const demo = createDemoGate(db, isDemo(config));
const publicUrl = publicUrlOf(config);
const oidc = oidcOf(config, publicUrl);
const temporal = createTemporal(config);
const contact = contactPagesOf(config, temporal);
const imputation = createImputationPool({ threads: 1, timeoutSeconds: 8 });
const clock = () => new Date();
const consent = consentPages();
const webhooks = webhooksOf(config, clock);
const app = createApp({
  db,
  clock,
  temporalUiUrl: config.TEMPORAL_UI_URL ?? null,
  temporalNamespace: config.TEMPORAL_NAMESPACE,
  grafanaUrl: config.GRAFANA_URL,
  embedded: config.EMBEDDED === "1",
  demo,
  publicUrl,
  ...(oidc && { oidc }),
  ...(contact && { contact }),
  ...(consent && { consent }),
  ...(webhooks && { webhooks }),
  fetchNow: async (participant) => fetchNow(await temporal.client(), db, participant, new Date()),
  fetchLater: async (participant) => fetchLater(await temporal.client(), participant),
  imputation: {
    start: async (person, since) => startImputation(await temporal.client(), person, since),
    draws: (asked) => drawImputed({ db, sourceName: "google-health", imputation }, asked),
  },
  withdraw: async (person) => startWithdrawal(await temporal.client(), person),
  log,
  stopping: stopping.signal,
});

const server = createAdaptorServer({ fetch: app.fetch });
server.once("error", (error) => {
  console.error(
    `The pages cannot listen on ${config.HTTP_HOST}:${config.HTTP_PORT}: ${reason(error)}`,
  );
  process.exit(1);
});
server.listen(config.HTTP_PORT, config.HTTP_HOST, () => {
  const { port } = server.address() as AddressInfo;
  console.log(`ready ${JSON.stringify({ port })}`);
  process.send?.({ ready: { port } });
  void offerFirstLink({
    db,
    demo,
    publicUrl: config.PUBLIC_URL ?? atPort(port),
    stopping: stopping.signal,
    say: console.log,
  });
});

for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => void stop());
process.once("disconnect", () => void stop());

/** Ends the event streams, lets requests under way finish, then the pool. */
async function stop(): Promise<void> {
  if (stopping.signal.aborted) return;
  stopping.abort();
  const force = setTimeout(() => process.exit(0), 5000);
  // A stream that has ended leaves its connection open for a next request: close those as they fall idle.
  const sweep = setInterval(() => {
    if ("closeIdleConnections" in server) server.closeIdleConnections();
  }, 50);
  await new Promise((resolve) => server.close(resolve));
  clearInterval(sweep);
  await Promise.all([db.end(), temporal.close(), imputation.close()]);
  clearTimeout(force);
  if (process.connected) process.disconnect();
}

/** What asking participants takes: Google's client, and the key that seals grants and signs links. */
function consentPages(): ConsentPages | null {
  const google = googleOf(config, clock, { minimumGapMs: 0, timeoutMs: 8_000 });
  if (google === null || config.TOKEN_KEY === undefined) return null;
  return {
    ...google,
    db,
    cipher: createTokenCipher(config.TOKEN_KEY, config.TOKEN_KEY_BEFORE),
    signer: createContactCipher(config.TOKEN_KEY, config.TOKEN_KEY_BEFORE),
    clock,
    log,
    redirectUri: `${publicUrl}/consent/callback`,
  };
}

/** Where the pages are, once a port was found. */
function atPort(port: number): string {
  return publicUrlOf({ ...config, HTTP_PORT: port });
}

function reason(error: Error): string {
  const code = "code" in error ? error.code : "";
  if (code === "EADDRINUSE") return "another process uses this port; set HTTP_PORT to a free one";
  if (code === "EACCES") return "this user may not use this port; set HTTP_PORT to one above 1023";
  return error.message;
}
