import { z } from "zod";
import { UnexpectedReply } from "../errors.ts";
import type { Identity } from "../source.ts";
import type { ApiRequest, Reply } from "./client.ts";
import { keepable } from "./json.ts";
import { jsonOf } from "./reply-json.ts";

const IDENTITY: ApiRequest = {
  what: "identity",
  method: "GET",
  path: "/v4/users/me/identity",
  window: null,
};

const IdentityReply = z.object({
  healthUserId: z.string().min(1),
  legacyUserId: z.string().min(1).optional(),
});

/** The id by which webhooks name the account, and the one of the Fitbit Web API where it had one. */
export async function fetchIdentity(
  send: (request: ApiRequest) => Promise<Reply>,
): Promise<Identity> {
  const reply = await send(IDENTITY);
  const identity = IdentityReply.safeParse(jsonOf(reply));
  if (identity.success) {
    const { healthUserId, legacyUserId = null } = identity.data;
    return { providerUserId: healthUserId, legacyUserId };
  }
  throw new UnexpectedReply("Google Health's identity has another shape", {
    body: keepable(reply.text),
  });
}
