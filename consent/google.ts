import type { Config } from "../config.ts";
import { createGoogleHealth, SOURCE_NAME } from "../sources/google-health/google-health.ts";
import type { GoogleAuthorizer } from "../sources/google-health/oauth.ts";
import { createGoogleAuthorizer } from "../sources/google-health/oauth.ts";
import { readWebhook } from "../sources/google-health/webhook.ts";
import { createVerifier } from "../sources/google-health/webhook-keys.ts";
import type { Source } from "../sources/source.ts";

/** The source and its authoriser. */
export type Google = Readonly<{ source: Source; authorizer: GoogleAuthorizer }>;

type Addresses = Pick<
  Config,
  "GOOGLE_HEALTH_URL" | "GOOGLE_TOKEN_URL" | "GOOGLE_AUTHORIZE_URL" | "GOOGLE_REVOKE_URL"
>;
type Client = Readonly<{ GOOGLE_CLIENT_ID: string; GOOGLE_CLIENT_SECRET: string }>;
type Options = Readonly<{ minimumGapMs?: number; timeoutMs?: number }>;

/** Google as configured; null where no client is. */
export function googleOf(config: Config, clock: () => Date, options: Options = {}): Google | null {
  const { GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET } = config;
  if (GOOGLE_CLIENT_ID === undefined || GOOGLE_CLIENT_SECRET === undefined) return null;
  return createGoogle({ ...config, GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET }, clock, options);
}

/** Google's API and token endpoints with this client. */
export function createGoogle(
  config: Addresses & Client,
  clock: () => Date,
  options: Options = {},
): Google {
  return {
    source: createGoogleHealth({ baseUrl: config.GOOGLE_HEALTH_URL, clock, ...options }),
    authorizer: createGoogleAuthorizer({
      clientId: config.GOOGLE_CLIENT_ID,
      clientSecret: config.GOOGLE_CLIENT_SECRET,
      tokenUrl: config.GOOGLE_TOKEN_URL,
      authorizeUrl: config.GOOGLE_AUTHORIZE_URL,
      revokeUrl: config.GOOGLE_REVOKE_URL,
      clock,
      ...(options.timeoutMs !== undefined && { timeoutMs: options.timeoutMs }),
    }),
  };
}

/** How Google's notifications are known and read; null where no secret was agreed on. */
export function webhooksOf(config: Config, clock: () => Date) {
  const { GOOGLE_WEBHOOK_SECRET: secret, GOOGLE_WEBHOOK_KEYSET_URL: keysetUrl } = config;
  if (secret === undefined) return null;
  const verify = createVerifier({ keysetUrl, clock });
  return { source: SOURCE_NAME, secret, verify, read: readWebhook };
}
