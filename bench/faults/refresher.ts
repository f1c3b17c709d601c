import { parseArgs } from "node:util";
import { createGrants } from "../../activities/grants.ts";
import { demoClient } from "../../simulator/product-variables.ts";
import { createGoogleAuthorizer } from "../../sources/google-health/oauth.ts";
import { createPool } from "../../sql/pool.ts";
import { createTokenCipher } from "../../sql/token-cipher.ts";

/**
 * A process as a worker is one: asks at once, and often, for the access token of each of these participants. With --die
 * it is killed the moment the provider has answered, before anything of it is stored. Says how often it failed, and why.
 */
const { values } = parseArgs({
  options: {
    database: { type: "string", default: "" },
    provider: { type: "string", default: "" },
    key: { type: "string", default: "" },
    now: { type: "string", default: "" },
    people: { type: "string", default: "" },
    callers: { type: "string", default: "1" },
    die: { type: "boolean", default: false },
  },
});
const url = values.provider;
const clock = () => new Date(values.now);
const db = createPool(values.database, "refresher", 4);
const google = createGoogleAuthorizer({
  clientId: demoClient.id,
  clientSecret: demoClient.secret,
  tokenUrl: `${url}/token`,
  authorizeUrl: `${url}/o/oauth2/v2/auth`,
  revokeUrl: `${url}/revoke`,
  clock,
});
const authorizer: typeof google = {
  ...google,
  async refresh(grant) {
    const fresh = await google.refresh(grant);
    if (values.die) process.kill(process.pid, "SIGKILL");
    return fresh;
  },
};
const cipher = createTokenCipher(values.key);
const grants = createGrants({ db, source: "google-health", authorizer, cipher, clock });
const people = values.people.split(",").map(Number);
const asked = people.flatMap((id) =>
  Array.from({ length: Number(values.callers) }, () =>
    grants.withAccessToken(id, async (token) => token),
  ),
);
const settled = await Promise.allSettled(asked);
const failures = settled.flatMap((one) => (one.status === "rejected" ? [String(one.reason)] : []));
await db.end();
console.log(
  JSON.stringify({ calls: settled.length, failures: failures.length, first: failures[0] }),
);
