import { createHash } from "node:crypto";

/** A body as received, after content decoding. */
export type Body = Readonly<{ text: string; bytes: number; sha256: string }>;

/** A reply that goes on beyond what any reply of ours can be; reading has stopped. */
export class BodyTooLarge extends Error {
  override readonly name = "BodyTooLarge";
}

/**
 * Reads a body to its end while counting decoded bytes, so that a small compressed reply cannot fill the memory.
 * Throws BodyTooLarge, or what the stream throws when it breaks off.
 */
export async function readBody(response: Response, maxBytes: number): Promise<Body> {
  const hash = createHash("sha256");
  const decoder = new TextDecoder();
  const pieces: string[] = [];
  let bytes = 0;
  // Leaving the loop early cancels the stream, and with it the request.
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw new BodyTooLarge(`more than ${maxBytes} bytes`);
    hash.update(chunk);
    pieces.push(decoder.decode(chunk, { stream: true }));
  }
  pieces.push(decoder.decode());
  return { text: pieces.join(""), bytes, sha256: hash.digest("hex") };
}

export const NO_BODY: Body = {
  text: "",
  bytes: 0,
  sha256: createHash("sha256").digest("hex"),
};
