import type { Hono } from "hono";
import { z } from "zod";
import type { RequestVariables } from "../world.ts";
import type { WebhookKeys } from "./keys.ts";
import type { Notifier } from "./notifier.ts";

const PushBody = z.strictObject({
  happenings: z.array(
    z.strictObject({
      participant: z.string(),
      dataType: z.string(),
      from: z.iso.datetime(),
      to: z.iso.datetime(),
      operation: z.enum(["UPSERT", "DELETE"]).optional(),
    }),
  ),
  asObject: z.boolean().optional(),
  forged: z.enum(["secret", "signature", "body"]).optional(),
});
const LossBody = z.strictObject({ share: z.number().min(0).max(1) });

/** The published keys, and /simulator/webhooks: to send, to forge, to lose and to change keys by hand. */
export function addWebhookChannels(
  app: Hono<RequestVariables>,
  keys: WebhookKeys,
  notifier: Notifier,
): void {
  app.get("/webhooks_public_keyset.json", (c) => c.json(keys.published()));
  app.post("/simulator/webhooks/push", async (c) => {
    const body = PushBody.safeParse(await c.req.json().catch(() => null));
    if (!body.success) return c.json({ error: z.prettifyError(body.error) }, 400);
    const { happenings, asObject = false, forged } = body.data;
    const read = happenings.map(({ from, to, operation = "UPSERT", ...rest }) => ({
      ...rest,
      operation,
      from: Date.parse(from),
      to: Date.parse(to),
    }));
    const options = { asObject, ...(forged !== undefined && { forged }) };
    return c.json({ statuses: await notifier.push(read, options) });
  });
  app.post("/simulator/webhooks/tick", async (c) => {
    await notifier.tick();
    return c.json({});
  });
  app.post("/simulator/webhooks/loss", async (c) => {
    const body = LossBody.safeParse(await c.req.json().catch(() => null));
    if (!body.success) return c.json({ error: z.prettifyError(body.error) }, 400);
    notifier.lose(body.data.share);
    return c.json(body.data);
  });
  app.post("/simulator/webhooks/rotate", (c) => {
    keys.rotate();
    return c.json(keys.published());
  });
}
