import { z } from "zod";

/** A project's subscriptions to notifications are managed by a service account, never by a participant's token. */
export type SubscriberOptions = Readonly<{
  baseUrl: string;
  /** The number of the project, not its name. */
  project: string;
  /** A service account's access token (gcloud auth print-access-token). */
  accessToken: string;
  fetch?: typeof globalThis.fetch;
}>;

const Listed = z.object({
  subscribers: z
    .array(
      z.object({
        name: z.string(),
        endpointUri: z.string().optional(),
        state: z.string().optional(),
      }),
    )
    .default([]),
});

export type Subscribed = z.infer<typeof Listed>["subscribers"][number];

/** The project's subscribers, or the status with which Google refuses to say. */
export async function listSubscribers(
  options: SubscriberOptions,
): Promise<readonly Subscribed[] | number> {
  const reply = await ask(options, "GET", "");
  if (!reply.ok) return reply.status;
  const listed = Listed.safeParse(await reply.json().catch(() => null));
  return listed.success ? listed.data.subscribers : 0;
}

const ID = "wearflow";

/** Has Google notify this address, which must be answering already; null, or the status and words of the refusal. */
export async function subscribe(
  options: SubscriberOptions,
  wish: Readonly<{ endpointUri: string; secret: string; dataTypes: readonly string[] }>,
): Promise<string | null> {
  const { endpointUri, secret, dataTypes } = wish;
  const reply = await ask(options, "POST", `?subscriberId=${ID}`, {
    endpointUri,
    subscriberConfigs: [{ dataTypes, subscriptionCreatePolicy: "AUTOMATIC" }],
    endpointAuthorization: { secret },
  });
  if (reply.ok) return null;
  const said = z
    .object({ error: z.object({ message: z.string() }) })
    .safeParse(await reply.json().catch(() => null));
  return `status ${reply.status}${said.success ? `: ${said.data.error.message.slice(0, 200)}` : ""}`;
}

function ask(
  { baseUrl, project, accessToken, fetch = globalThis.fetch }: SubscriberOptions,
  method: "GET" | "POST",
  rest: string,
  body?: object,
): Promise<Response> {
  return fetch(`${baseUrl}/v4/projects/${encodeURIComponent(project)}/subscribers${rest}`, {
    method,
    headers: { authorization: `Bearer ${accessToken}`, "content-type": "application/json" },
    signal: AbortSignal.timeout(20_000),
    ...(body && { body: JSON.stringify(body) }),
  });
}
