/** The few Postgres wire messages the multiplexer makes or looks into; all others pass as they are. */

/** One message inside a buffer: its type letter and where it starts and ends, header included. */
export type MessageSpan = Readonly<{ type: string; start: number; end: number }>;

/** Transaction status as ReadyForQuery reports it: idle, in a transaction, in a failed transaction. */
export type TransactionStatus = "I" | "T" | "E";

/** What an ErrorResponse says; `code` is a SQLSTATE. */
export type WireError = Readonly<{
  severity: "ERROR" | "FATAL";
  code: string;
  message: string;
  hint?: string;
}>;

/** A whole message: type letter, length, body. */
export function message(type: string, body: Buffer = Buffer.alloc(0)): Buffer {
  const header = Buffer.alloc(5);
  header.write(type, "latin1");
  header.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([header, body]);
}

/** Texts as the zero-terminated strings of the protocol. */
export function cStrings(...texts: readonly string[]): Buffer {
  return Buffer.from(texts.map((text) => `${text}\0`).join(""));
}

/** The zero-terminated string at `offset` and the offset after it; a missing terminator reads to the end. */
export function readCString(bytes: Buffer, offset: number): { text: string; next: number } {
  const found = bytes.indexOf(0, offset);
  const end = found === -1 ? bytes.length : found;
  return { text: bytes.toString("utf8", offset, end), next: end + 1 };
}

/** Walks the complete messages of a server reply. */
export function* messagesIn(bytes: Buffer): Generator<MessageSpan> {
  let start = 0;
  while (start + 5 <= bytes.length) {
    const end = start + 1 + bytes.readInt32BE(start + 1);
    yield { type: String.fromCharCode(bytes[start] ?? 0), start, end };
    start = end;
  }
}

/** ErrorResponse with the fields every client reads. */
export function errorResponse(error: WireError): Buffer {
  const hint = error.hint === undefined ? [] : [`H${error.hint}`];
  const fields = [
    `S${error.severity}`,
    `V${error.severity}`,
    `C${error.code}`,
    `M${error.message}`,
    ...hint,
    "",
  ];
  return message("E", cStrings(...fields));
}

export function parameterStatus(name: string, value: string): Buffer {
  return message("S", cStrings(name, value));
}

export function readyForQuery(status: TransactionStatus): Buffer {
  return message("Z", Buffer.from(status));
}

/** A simple query as a client would send it. */
export function queryMessage(sql: string): Buffer {
  return message("Q", cStrings(sql));
}

/** Close of a prepared statement. */
export function closeStatement(name: string): Buffer {
  return message("C", cStrings(`S${name}`));
}

/** CopyInResponse in text format without columns: every client tried accepts it for binary data too. */
export function copyInResponse(): Buffer {
  return message("G", Buffer.from([0, 0, 0]));
}
