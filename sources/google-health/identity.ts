import { z } from "zod";
import { UnexpectedReply } from "../errors.ts";
import type { ApiRequest, Reply } from "./client.ts";
import { keepable } from "./json.ts";
import { jsonOf } from "./reply-json.ts";

const IDENTITY: ApiRequest = {
  what: "identity",
  method: "GET",
  path: "/v4/users/me/identity",
  window: null,
};

const Identity = z.object({ healthUserId: z.string().min(1) });

/** The id by which webhooks name the account. */
export async function fetchIdentity(
  send: (request: ApiRequest) => Promise<Reply>,
): Promise<Readonly<{ providerUserId: string }>> {
  const reply = await send(IDENTITY);
  const identity = Identity.safeParse(jsonOf(reply));
  if (identity.success) return { providerUserId: identity.data.healthUserId };
  throw new UnexpectedReply("Google Health's identity has another shape", {
    body: keepable(reply.text),
  });
}
