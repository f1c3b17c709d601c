/** Largest message taken from a client, and the most it may queue in one batch or COPY. */
export const LARGEST_MESSAGE_BYTES = 256 * 1024 * 1024;
/** Postgres' own limit for a start-up packet. */
const LARGEST_STARTUP_BYTES = 10_000;

/** The client does not speak the protocol: only its connection is closed. */
export class ProtocolViolation extends Error {
  override readonly name = "ProtocolViolation";
}

/** Cuts a byte stream into start-up packets and messages; joins chunks only once a frame is complete. */
export type FrameReader = Readonly<{
  push(chunk: Buffer): void;
  /** The next start-up packet (no type letter), or null while it is incomplete. */
  startup(): Buffer | null;
  /** The next message with its header, or null while it is incomplete. */
  message(): Buffer | null;
}>;

export function createFrameReader(): FrameReader {
  let chunks: Buffer[] = [];
  let total = 0;

  function front(length: number): Buffer | null {
    if (total < length) return null;
    const first = chunks[0];
    if (first !== undefined && first.length >= length) return first;
    const joined = Buffer.concat(chunks, total);
    chunks = [joined];
    return joined;
  }

  function take(length: number): Buffer | null {
    const bytes = front(length);
    if (bytes === null) return null;
    const rest = bytes.subarray(length);
    if (rest.length > 0) chunks[0] = rest;
    else chunks.shift();
    total -= length;
    return bytes.subarray(0, length);
  }

  return {
    push(chunk) {
      chunks.push(chunk);
      total += chunk.length;
    },
    startup() {
      const length = front(4)?.readInt32BE(0);
      if (length === undefined) return null;
      if (length < 8 || length > LARGEST_STARTUP_BYTES)
        throw new ProtocolViolation(`a start-up packet of ${length} bytes`);
      return take(length);
    },
    message() {
      const length = front(5)?.readInt32BE(1);
      if (length === undefined) return null;
      if (length < 4 || length > LARGEST_MESSAGE_BYTES)
        throw new ProtocolViolation(`a message of ${length} bytes`);
      return take(length + 1);
    },
  };
}
