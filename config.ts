import { readFileSync } from "node:fs";
import { z } from "zod";

const port = z.coerce.number().int().min(0).max(65_535);
const text = z.string().min(1);
const postgresUrl = z.url({ protocol: /^postgres(ql)?$/, error: "must be a postgres:// address" });

/** Every environment variable the product reads, with its default. README's table is made of these. */
const Environment = z.object({
  /** Folder of everything the embedded default keeps: database, Temporal's data, generated secrets. */
  DATA_DIR: text.default(".wearflow"),
  HTTP_HOST: text.default("127.0.0.1"),
  HTTP_PORT: port.default(8001),
  DATABASE_PORT: port.default(5433),
  TEMPORAL_PORT: port.default(7233),
  TEMPORAL_UI_PORT: port.default(8233),
  SIMULATOR_PORT: port.default(8090),
  /** A TimescaleDB ≥ 2.23 with the community licence; set, the embedded database stays off. */
  DATABASE_URL: postgresUrl.optional(),
  /** The role that owns the tables (migrations, refreshing, compressing), where DATABASE_URL is not it. */
  DATABASE_OWNER_URL: postgresUrl.optional(),
  /** Passwords by which the roles wearflow_app and grafana_reader may log in, set by bin/migrate.ts. */
  APP_PASSWORD: text.optional(),
  GRAFANA_PASSWORD: text.optional(),
  /** host:port of a Temporal server; set, the embedded one stays off. */
  TEMPORAL_ADDRESS: text.optional(),
  TEMPORAL_NAMESPACE: text.default("wearflow"),
  /** Where a browser reaches the Temporal UI, for links from the pages. */
  TEMPORAL_UI_URL: z.url().optional(),
  /** Where a browser reaches Grafana, for links from the pages. */
  GRAFANA_URL: z.url({ protocol: /^https?$/ }).optional(),
  TEMPORAL_CLI_PATH: text.optional(),
  PATH: z.string().default(""),
  /** 64 hex digits; encrypts tokens. Without it the embedded default makes a file of mode 600 in DATA_DIR. */
  TOKEN_KEY: z
    .string()
    .regex(/^[0-9a-f]{64}$/i, "must be 64 hex digits (openssl rand -hex 32)")
    .optional(),
  /** Keys that were TOKEN_KEY before, the newest first, separated by commas: they only open, until rotate-keys is done. */
  TOKEN_KEY_BEFORE: z
    .string()
    .default("")
    .transform((list) => list.split(",").flatMap((key) => key.trim() || []))
    .pipe(z.array(z.string().regex(/^[0-9a-f]{64}$/i, "must be keys of 64 hex digits"))),
  GOOGLE_CLIENT_ID: text.optional(),
  GOOGLE_CLIENT_SECRET: text.optional(),
  GOOGLE_HEALTH_URL: z.url().default("https://health.googleapis.com"),
  GOOGLE_AUTHORIZE_URL: z.url().default("https://accounts.google.com/o/oauth2/v2/auth"),
  GOOGLE_REVOKE_URL: z.url().default("https://oauth2.googleapis.com/revoke"),
  /** What Google must send as Authorization to our webhook, whole, as the subscriber was made with ("Bearer …"). */
  GOOGLE_WEBHOOK_SECRET: text.min(16, "must have at least 16 characters").optional(),
  /** A service account's access token, for check-source alone; it lives an hour. */
  GOOGLE_CLOUD_TOKEN: text.optional(),
  /** Where Google publishes the keys by which it signs notifications. */
  GOOGLE_WEBHOOK_KEYSET_URL: z
    .url()
    .default("https://www.gstatic.com/googlehealthapi/webhooks/webhooks_public_keyset.json"),
  GOOGLE_TOKEN_URL: z.url().default("https://oauth2.googleapis.com/token"),
  /** The address people open the pages at, where it is not HTTP_HOST and HTTP_PORT: https behind a proxy. */
  PUBLIC_URL: z.url({ protocol: /^https?$/ }).optional(),
  /** An OpenID Connect provider where staff sign in, beside or instead of passwords kept here. */
  OIDC_ISSUER: z.url({ protocol: /^https?$/ }).optional(),
  OIDC_CLIENT_ID: text.optional(),
  OIDC_CLIENT_SECRET: text.optional(),
  /** What the button on the sign-in page calls it. */
  OIDC_NAME: text.default("your organisation"),
  /** The claim of the ID token that lists somebody's groups. */
  OIDC_GROUPS_CLAIM: text.default("groups"),
  /** Which group is what: group=role, separated by commas; coordinator:STUDY/SITE or coordinator:*. */
  OIDC_GROUPS: z.string().default(""),
  /** A SendGrid key, or an SMTP server (smtp://user:password@host:587); without either nothing leaves: the outbox. */
  SENDGRID_API_KEY: text.optional(),
  SENDGRID_URL: z.url().default("https://api.sendgrid.com/"),
  SENDGRID_UNSUBSCRIBE_GROUP: z.coerce.number().int().positive().optional(),
  /** The public key by which SendGrid signs its event webhook (base64). */
  SENDGRID_EVENT_KEY: text.optional(),
  SMTP_URL: z.url({ protocol: /^smtps?$/ }).optional(),
  /** The one plain address messages come from, its name, and where answers go if elsewhere. */
  MAIL_FROM: text.optional(),
  MAIL_FROM_NAME: text.default("Study team"),
  MAIL_REPLY_TO: text.optional(),
  /** How many messages leave in a minute, in all and to one domain. */
  MAIL_PER_MINUTE: z.coerce.number().int().min(1).max(10_000).default(30),
  MAIL_PER_DOMAIN: z.coerce.number().int().min(1).max(10_000).default(10),
  /** Days after which a day's samples are compressed; late data still lands, it only costs more. */
  COMPRESS_AFTER_DAYS: z.coerce.number().int().min(2).max(3650).default(14),
  /** Days for which samples are kept; absent = for ever. */
  RETENTION_DAYS: z.coerce.number().int().min(30).max(36_500).optional(),
  /** 1 lets a live source write into the embedded database, which is for trying out. */
  ALLOW_EMBEDDED: z.enum(["0", "1"]).default("0"),
  /** 1 when DATABASE_URL is the embedded database; npm start sets it for its children. */
  EMBEDDED: z.enum(["0", "1"]).default("0"),
  /** The address of the simulator; npm start sets it for its children. */
  SIMULATOR_URL: z.url().optional(),
  LOG_LEVEL: z.enum(["trace", "debug", "info", "warn", "error"]).default("info"),
});

export type Config = Readonly<z.infer<typeof Environment>>;

/**
 * Reads the whole configuration once, at start; an empty variable is an absent one, and of NAME_FILE the file's text is
 * NAME's value, so that a secret need not stand in the environment.
 * Throws one Error that names every faulty variable.
 */
export function readConfig(
  env: Readonly<Record<string, string | undefined>> = process.env,
): Config {
  const given = Object.entries(env).filter(([, value]) => value?.trim() !== "");
  const result = Environment.safeParse({ ...readFiles(env), ...Object.fromEntries(given) });
  if (result.success) return result.data;
  throw new Error(`Invalid configuration (see .env.example):\n${z.prettifyError(result.error)}`);
}

function readFiles(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const names = Object.keys(Environment.shape).filter((name) => env[`${name}_FILE`]);
  return Object.fromEntries(names.map((name) => [name, readSecret(env[`${name}_FILE`] ?? "")]));
}

function readSecret(file: string): string {
  try {
    return readFileSync(file, "utf8").trim();
  } catch (cause) {
    throw new Error(`Cannot read the file ${file} that a variable names`, { cause });
  }
}

/** The address people open the pages at: as configured, else where the server listens. */
export function publicUrlOf(config: Pick<Config, "PUBLIC_URL" | "HTTP_HOST" | "HTTP_PORT">) {
  return new URL(config.PUBLIC_URL ?? addressOf(config)).origin;
}

/** Where the server of the pages listens, without a slash at the end. */
export function addressOf({ HTTP_HOST, HTTP_PORT }: Pick<Config, "HTTP_HOST" | "HTTP_PORT">) {
  const host = HTTP_HOST.includes(":") ? `[${HTTP_HOST}]` : HTTP_HOST;
  return `http://${host}:${HTTP_PORT}`;
}

/** The environment to hand to a child process: ours, with these variables set on top. */
export function environmentWith(variables: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  return { ...process.env, ...variables };
}

/** What tests may ask of their surroundings. In CI nothing may be skipped. */
export function readTestSurroundings(): Readonly<{ ci: boolean; databaseUrl: string | undefined }> {
  const { CI, DATABASE_URL } = process.env;
  return { ci: CI === "true", databaseUrl: DATABASE_URL };
}
