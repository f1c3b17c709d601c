/** The one client the simulator knows, as Google would have registered it. */
export const demoClient = { id: "wearflow-demo", secret: "wearflow-demo-secret" } as const;

/** Environment variables that put the simulator at this address in Google's place. */
export function productVariables(url: string) {
  return {
    SIMULATOR_URL: url,
    GOOGLE_HEALTH_URL: url,
    GOOGLE_TOKEN_URL: `${url}/token`,
    GOOGLE_AUTHORIZE_URL: `${url}/o/oauth2/v2/auth`,
    GOOGLE_REVOKE_URL: `${url}/revoke`,
    GOOGLE_CLIENT_ID: demoClient.id,
    GOOGLE_CLIENT_SECRET: demoClient.secret,
  };
}
