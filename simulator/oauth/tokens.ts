import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { z } from "zod";

const Claims = z.object({
  kind: z.enum(["code", "access", "refresh"]),
  participant: z.string(),
  scope: z.string(),
  /** Which grant it belongs to; revoking one token of a grant revokes all. */
  grant: z.string(),
  /** Only in refresh tokens that are good once: how many there were before it. */
  generation: z.number().optional(),
  /** Milliseconds; absent in what never expires. */
  expiresAt: z.number().optional(),
  /** Only in codes: what the token request must match. */
  redirectUri: z.string().optional(),
  challenge: z.string().optional(),
  /** Only in codes: access_type=offline was asked for, so a refresh token is due. */
  offline: z.boolean().optional(),
});

/** What a code or token says. */
export type Claims = Readonly<z.infer<typeof Claims>>;

/** Signs and reads codes and tokens. All state is in the signed text, so that a restart forgets nobody. */
export type Tokens = Readonly<{
  sign: (claims: Claims) => string;
  /** The claims of a text that this seed signed, expired or not; null for any other text. */
  read: (text: string | undefined) => Claims | null;
}>;

const prefixes = { code: "4/0", access: "ya29.", refresh: "1//" } as const;

/** Tokens of one seed: another seed's are strangers. */
export function createTokens(seed: number): Tokens {
  const key = createHash("sha256").update(`wearflow simulator ${seed}`).digest();
  const signature = (text: string): Buffer => createHmac("sha256", key).update(text).digest();
  return {
    sign: (claims) => {
      const body = `${prefixes[claims.kind]}${Buffer.from(JSON.stringify(claims)).toString("base64url")}`;
      return `${body}.${signature(body).toString("base64url")}`;
    },
    read: (text) => {
      const dot = text?.lastIndexOf(".") ?? -1;
      if (text === undefined || dot < 0) return null;
      const body = text.slice(0, dot);
      const given = Buffer.from(text.slice(dot + 1), "base64url");
      const right = signature(body);
      if (given.length !== right.length || !timingSafeEqual(given, right)) return null;
      const start = /^(4\/0|ya29\.|1\/\/)/.exec(body)?.[0].length ?? 0;
      const json = Buffer.from(body.slice(start), "base64url").toString();
      return Claims.parse(JSON.parse(json));
    },
  };
}
