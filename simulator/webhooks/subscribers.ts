import type { Hono } from "hono";
import { z } from "zod";
import { GoogleError, invalidArgument, unauthenticated } from "../google-error.ts";
import { bearerToken } from "../oauth/bearer.ts";
import { demoServiceToken, demoWebhookSecret } from "../product-variables.ts";
import type { RequestVariables } from "../world.ts";

const Body = z.object({
  endpointUri: z.url(),
  subscriberConfigs: z.array(
    z.object({ dataTypes: z.array(z.string()), subscriptionCreatePolicy: z.string().optional() }),
  ),
  endpointAuthorization: z.object({ secret: z.string().min(1) }),
});

/** Whom notifications are sent to, and what proves to them that we send them. */
export type Subscriber = Readonly<{
  id: string;
  endpointUri: string;
  secret: string;
  dataTypes: readonly string[];
}>;

/** What is notified of at every sync. */
export const SYNCED_TYPES: readonly string[] = ["heart-rate", "steps"];

/** /v4/projects/N/subscribers: made only where the address proves by two requests that it is ours and refuses others. */
export function addSubscriberRoutes(
  app: Hono<RequestVariables>,
  subscribers: Map<string, Subscriber>,
): void {
  const path = "/v4/projects/:project/subscribers";
  const requireService = (header: string | undefined) => {
    const token = bearerToken(header);
    if (token !== demoServiceToken) throw unauthenticated(token !== undefined);
  };
  app.get(path, (c) => {
    requireService(c.req.header("authorization"));
    return c.json({ subscribers: [...subscribers.values()].map(shown) });
  });
  app.post(path, async (c) => {
    requireService(c.req.header("authorization"));
    const body = Body.safeParse(await c.req.json().catch(() => null));
    const id = c.req.query("subscriberId") ?? "";
    if (!body.success || id === "")
      throw invalidArgument("INVALID_SUBSCRIBER", "Invalid subscriber.", {
        field: "subscriber",
        description: "endpoint_uri, subscriber_configs and endpoint_authorization are required.",
      });
    const { endpointUri, subscriberConfigs, endpointAuthorization } = body.data;
    const dataTypes = subscriberConfigs.flatMap((config) => config.dataTypes);
    const subscriber = { id, endpointUri, secret: endpointAuthorization.secret, dataTypes };
    await shakeHands(subscriber);
    subscribers.set(id, subscriber);
    return c.json({ name: `operations/create-${id}`, done: true, response: shown(subscriber) });
  });
  app.delete(`${path}/:id`, (c) => {
    requireService(c.req.header("authorization"));
    subscribers.delete(c.req.param("id"));
    return c.json({ name: `operations/delete-${c.req.param("id")}`, done: true });
  });
}

/** The demo's own subscription, made as soon as its address answers as it must; asked again, it stays the same one. */
export async function subscribeDemo(
  subscribers: Map<string, Subscriber>,
  endpointUri: string,
): Promise<boolean> {
  const id = "demo";
  if (subscribers.has(id)) return true;
  const subscriber = { id, endpointUri, secret: demoWebhookSecret, dataTypes: SYNCED_TYPES };
  try {
    await shakeHands(subscriber);
  } catch (error) {
    // The pages come up after us, and may be away: the caller asks again.
    if (error instanceof GoogleError) return false;
    throw error;
  }
  subscribers.set(id, subscriber);
  return true;
}

const shown = ({ id, endpointUri, dataTypes }: Subscriber) => ({
  name: `projects/0/subscribers/${id}`,
  endpointUri,
  subscriberConfigs: [{ dataTypes, subscriptionCreatePolicy: "AUTOMATIC" }],
  state: "ACTIVE",
});

/** 201 with the secret, 401 or 403 without: anything else and there is no subscriber. */
async function shakeHands({ endpointUri, secret }: Subscriber): Promise<void> {
  const ask = async (headers: Record<string, string>) => {
    const reply = await fetch(endpointUri, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "user-agent": "Google-Health-API-Webhooks-Verifier",
        ...headers,
      },
      body: JSON.stringify({ type: "verification" }),
    }).catch(() => null);
    return reply?.status ?? 0;
  };
  const known = await ask({ authorization: secret });
  const stranger = await ask({});
  if (known === 201 && (stranger === 401 || stranger === 403)) return;
  throw new GoogleError(
    400,
    "FAILED_PRECONDITION",
    `Endpoint verification failed: ${known} with authorization, ${stranger} without.`,
  );
}
