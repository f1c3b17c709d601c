import type { Subscribed, SubscriberOptions } from "../sources/google-health/subscribers.ts";
import { listSubscribers } from "../sources/google-health/subscribers.ts";
import type { Finding } from "./check-source.ts";

/** Whether our own address behaves as Google's handshake asks, seen from here. */
export async function checkHandshake(
  endpointUri: string,
  secret: string,
  fetch: typeof globalThis.fetch = globalThis.fetch,
): Promise<Finding> {
  const what = "webhook";
  const ask = async (headers: Record<string, string>) => {
    const signal = AbortSignal.timeout(20_000);
    const body = JSON.stringify({ type: "verification" });
    const reply = await fetch(endpointUri, { method: "POST", headers, body, signal }).catch(
      () => null,
    );
    return reply?.status ?? 0;
  };
  const known = await ask({ authorization: secret });
  const stranger = await ask({});
  if (known === 201 && stranger === 401)
    return { what, how: "good", words: `${endpointUri} knows the secret and refuses strangers` };
  return {
    what,
    how: "bad",
    words: `${endpointUri} answers ${known || "nothing"} with the secret (201 is right) and ${stranger || "nothing"} without (401 is right): is GOOGLE_WEBHOOK_SECRET the same for the pages, and does the proxy pass POST and Authorization on?`,
  };
}

/** Whether Google notifies this address. */
export async function checkSubscriber(
  options: SubscriberOptions,
  endpointUri: string,
): Promise<Finding> {
  const what = "subscriber";
  const listed = await listSubscribers(options).catch(() => 0);
  if (typeof listed === "number")
    return {
      what,
      how: "bad",
      words: `Google answers ${listed || "nothing"}: is --project the project's number, and GOOGLE_CLOUD_TOKEN a fresh token of an account that may manage it?`,
    };
  const ours = listed.find((each: Subscribed) => each.endpointUri === endpointUri);
  if (ours === undefined)
    return { what, how: "bad", words: "none for this address: run this again with --subscribe" };
  const isActive = ours.state === undefined || ours.state === "ACTIVE";
  return {
    what,
    how: isActive ? "good" : "bad",
    words: isActive ? "notifies this address" : `is ${ours.state}: Google could not deliver`,
  };
}
