/** The one client the simulator knows, as Google would have registered it. */
export const demoClient = { id: "wearflow-demo", secret: "wearflow-demo-secret" } as const;

/** What a service account of the project would show; the simulator takes it for managing subscribers. */
export const demoServiceToken = "ya29.wearflow-demo-service";

/** What it shows with every notification, where the product is its own demo. */
export const demoWebhookSecret = "Bearer wearflow-demo-webhook";

/** Environment variables that put the simulator at this address in Google's place. */
export function productVariables(url: string) {
  return {
    SIMULATOR_URL: url,
    GOOGLE_HEALTH_URL: url,
    GOOGLE_TOKEN_URL: `${url}/token`,
    GOOGLE_AUTHORIZE_URL: `${url}/o/oauth2/v2/auth`,
    GOOGLE_REVOKE_URL: `${url}/revoke`,
    GOOGLE_WEBHOOK_SECRET: demoWebhookSecret,
    GOOGLE_WEBHOOK_KEYSET_URL: `${url}/webhooks_public_keyset.json`,
    GOOGLE_CLIENT_ID: demoClient.id,
    GOOGLE_CLIENT_SECRET: demoClient.secret,
  };
}
