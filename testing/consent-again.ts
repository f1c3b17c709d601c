import { connectParticipant } from "../consent/connect.ts";
import { findParticipant } from "../sql/participants.ts";
import type { IngestWorld } from "./ingest-world.ts";

/** By the provider's consent page, as a participant does who got a new link. */
export async function consentAgain(world: IngestWorld, participant: string): Promise<void> {
  const { db } = world.deps;
  const redirectUri = "http://127.0.0.1/consent/callback";
  const prefix = "https://www.googleapis.com/auth/googlehealth.";
  const scope = ["activity_and_fitness", "health_metrics_and_measurements", "sleep", "settings"]
    .map((name) => `${prefix}${name}.readonly`)
    .join(" ");
  const query = new URLSearchParams({
    client_id: "wearflow-demo",
    redirect_uri: redirectUri,
    response_type: "code",
    access_type: "offline",
    scope,
    login_hint: participant,
  });
  const page = await fetch(`${world.upstream.url}/o/oauth2/v2/auth?${query}`, {
    redirect: "manual",
  });
  const code = new URL(page.headers.get("location") ?? "").searchParams.get("code") ?? "";
  const person = await findParticipant(db, participant);
  await connectParticipant(world.consenting, person?.id ?? 0, { code, redirectUri });
}
