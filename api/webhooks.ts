import { createHash, timingSafeEqual } from "node:crypto";
import type { Context } from "hono";
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { countRefusedReport } from "../sql/report-refusals.ts";
import type { Notice } from "../sql/webhook-notices.ts";
import { takeNotices } from "../sql/webhook-notices.ts";
import type { AppDeps, AppEnv } from "./deps.ts";

/** What taking a source's notifications needs. */
export type Webhooks = Readonly<{
  source: string;
  /** What the provider must send as Authorization, whole. */
  secret: string;
  verify: (header: string, body: Buffer) => Promise<"signed" | "forged" | "unknown">;
  read: (
    text: string,
  ) =>
    | Readonly<{ kind: "verification" }>
    | Readonly<{ kind: "notifications"; notifications: readonly Notice[]; unread: number }>
    | null;
}>;

const BODY_BYTES = 2 * 1024 * 1024;

type Deps = Pick<AppDeps, "db" | "clock" | "log" | "fetchNow" | "fetchLater"> &
  Readonly<{ webhooks: Webhooks }>;

/**
 * POST /webhooks/google-health: a source says that something changed. It must know the secret and have signed these very
 * bytes. The answer is 204 at once; what is read follows, and without any of this it is read all the same, later.
 */
export function webhookRoutes(deps: Deps): Hono<AppEnv> {
  const { db, webhooks } = deps;
  const routes = new Hono<AppEnv>();
  routes.post("/webhooks/google-health", bodyLimit({ maxSize: BODY_BYTES }), async (c) => {
    const raw = Buffer.from(await c.req.arrayBuffer());
    const judged = await judge(c, webhooks, raw);
    if (judged === "forged")
      await countRefusedReport(db, webhooks.source, "somebody at the webhook");
    if (typeof judged === "string") return c.body(null, STATUS[judged]);
    await take(deps, judged);
    return c.body(null, 204);
  });
  return routes;
}

const STATUS = { stranger: 401, forged: 401, ours: 201, unknown: 503, unreadable: 400 } as const;
type Body = NonNullable<ReturnType<Webhooks["read"]>>;
type Sent = Extract<Body, { kind: "notifications" }>;

/** Who sends this: Google's notifications, or why it is not taken for them. */
async function judge(
  c: Context,
  { secret, read, verify }: Webhooks,
  raw: Buffer,
): Promise<Sent | keyof typeof STATUS> {
  const given = c.req.header("Authorization");
  const signature = signatureOf(c);
  // Finding out whether strangers are refused is a part of Google's own handshake: no header at all is no forgery.
  if (given === undefined && signature === "") return "stranger";
  if (given === undefined || !isSame(given, secret)) return "forged";
  const body = read(raw.toString("utf8"));
  if (body?.kind === "verification") return "ours";
  const verdict = await verify(signature, raw);
  if (verdict !== "signed") return verdict;
  return body ?? "unreadable";
}

async function take(deps: Deps, { notifications, unread }: Sent): Promise<void> {
  const { db, webhooks, clock, log } = deps;
  const taken = await takeNotices(db, webhooks.source, notifications, clock());
  const { fresh, unknown, due, waiting } = taken;
  log.info({ sent: notifications.length, fresh, unknown, unread }, "notifications taken");
  for (const participant of due) haveRead(deps, deps.fetchNow, participant);
  for (const participant of waiting) haveRead(deps, deps.fetchLater, participant);
}

/** Older texts of Google's have another name for it. */
const signatureOf = (c: Context) =>
  c.req.header("GOOGLE-HEALTH-API-SIGNATURE") ?? c.req.header("X-HEALTHAPI-SIGNATURE") ?? "";

/** Not waited for: the cells are open, so that the next run reads them even where none can be triggered now. */
function haveRead({ log }: Deps, read: AppDeps["fetchNow"], participant: TakenOne): void {
  read?.(participant).catch((error: unknown) =>
    log.warn({ error: error instanceof Error ? error.name : "?" }, "no run after a notification"),
  );
}

type TakenOne = Awaited<ReturnType<typeof takeNotices>>["due"][number];

/** Equal, without the time it takes to say so telling how much of it was right. */
function isSame(given: string, secret: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(secret));
}
