import { parseArgs } from "node:util";
import { createGrants } from "../../activities/grants.ts";
import type { Config } from "../../config.ts";
import { publicUrlOf } from "../../config.ts";
import { checkAccount } from "../../consent/check-account.ts";
import type { Finding } from "../../consent/check-source.ts";
import { checkClient, checkPublicUrl, checkRedirect } from "../../consent/check-source.ts";
import { checkHandshake, checkSubscriber } from "../../consent/check-webhook.ts";
import type { Google } from "../../consent/google.ts";
import { googleOf } from "../../consent/google.ts";
import { NOTIFIED } from "../../sources/google-health/data-types.ts";
import { subscribe } from "../../sources/google-health/subscribers.ts";
import { readConnection } from "../../sql/connections.ts";
import { countConnected, findReadable } from "../../sql/consent-events.ts";
import { createTokenCipher } from "../../sql/token-cipher.ts";
import type { Command, Installation } from "./installation.ts";

const OPTIONS = {
  participant: { type: "string" },
  project: { type: "string" },
  subscribe: { type: "boolean" },
} as const;

type Values = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>["values"];

const clock = () => new Date();
/** check-source: whether the configured Google project works from end to end, each step in words. */
export const checkSource: Command = {
  usage:
    "check-source [--participant ID] [--project NUMBER [--subscribe]] (the token of a service account in GOOGLE_CLOUD_TOKEN)",
  async run(args, installation) {
    const { values } = parseArgs({ args: [...args], options: OPTIONS });
    const google = googleOf(installation.config, clock, { minimumGapMs: 500, timeoutMs: 20_000 });
    if (google === null)
      throw new Error(
        "GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET are not set: docs/going-live.md says where they come from",
      );
    const publicUrl = publicUrlOf(installation.config);
    const found = [
      checkPublicUrl(publicUrl),
      await checkClient(google.authorizer),
      await checkRedirect(google.authorizer, `${publicUrl}/consent/callback`),
      ...(await accountFindings(installation, google, values)),
      ...(await webhookFindings(installation.config, publicUrl, values)),
    ];
    for (const { what, how, words } of found) console.log(`${MARKS[how]} ${what}: ${words}`);
    const bad = found.filter(({ how }) => how === "bad").length;
    if (bad > 0) throw new Error(`${bad} of ${found.length} are not as they must be`);
    console.log("Nothing is wrong.");
  },
};

const MARKS: Readonly<Record<Finding["how"], string>> = {
  good: "ok   ",
  bad: "WRONG",
  unsure: "?    ",
};

/** By an account that has consented: what no configuration can tell. */
async function accountFindings(
  { config, db }: Installation,
  { source, authorizer }: Google,
  { participant }: Values,
): Promise<readonly Finding[]> {
  const what = "account";
  const { TOKEN_KEY } = config;
  if (TOKEN_KEY === undefined)
    return [{ what, how: "unsure", words: "TOKEN_KEY is not set here: no account can be opened" }];
  const person = await findReadable(db, source.name, participant ?? null);
  if (person === null)
    return [
      {
        what,
        how: "unsure",
        words:
          "nobody is connected yet: enrol yourself in a study for trying out, make a consent link, consent, and run this again",
      },
    ];
  const cipher = createTokenCipher(TOKEN_KEY, config.TOKEN_KEY_BEFORE);
  const grants = createGrants({ db, source: source.name, authorizer, cipher, clock });
  try {
    await grants.withAccessToken(person.id, async () => undefined);
    const connection = await readConnection(db, person.id, source.name);
    if (!connection?.sealed) throw new Error("the grant was taken back a moment ago");
    const grant = cipher.open(connection.sealed, person.id);
    const connected = await countConnected(db, source.name);
    return [
      { what, how: "good", words: `the grant of ${person.shortId} can be used` },
      ...(await checkAccount(source, grant, connected)),
    ];
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    return [{ what, how: "bad", words: `the grant of ${person.shortId}: ${words}` }];
  }
}

async function webhookFindings(
  config: Config,
  publicUrl: string,
  { project, subscribe: wanted }: Values,
): Promise<readonly Finding[]> {
  const { GOOGLE_WEBHOOK_SECRET: secret, GOOGLE_CLOUD_TOKEN: accessToken } = config;
  if (secret === undefined)
    return [
      {
        what: "webhook",
        how: "unsure",
        words: "GOOGLE_WEBHOOK_SECRET is not set: everything is read by polling alone",
      },
    ];
  const endpointUri = `${publicUrl}/webhooks/google-health`;
  const handshake = await checkHandshake(endpointUri, secret);
  if (project === undefined || accessToken === undefined) return [handshake];
  const options = { baseUrl: config.GOOGLE_HEALTH_URL, project, accessToken };
  if (wanted === true) {
    const refusal = await subscribe(options, { endpointUri, secret, dataTypes: NOTIFIED });
    if (refusal !== null)
      return [handshake, { what: "subscriber", how: "bad", words: `Google refuses: ${refusal}` }];
  }
  return [handshake, await checkSubscriber(options, endpointUri)];
}
