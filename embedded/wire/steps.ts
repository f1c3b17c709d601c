import type { Connection, Step } from "./connection.ts";
import { createCopyIn } from "./connection.ts";
import { ProtocolViolation } from "./frames.ts";
import { queryMessage } from "./messages.ts";
import { renameBind, renameExecute, renameParse, renameTarget } from "./statement-names.ts";
import type { Inspection } from "./statement-rules.ts";
import { inspect, mentionsAuthorization } from "./statement-rules.ts";

/**
 * What is sent instead of a refused text: Postgres answers with a syntax error, which puts an open transaction
 * into the failed state as any error would; the client gets our own error in its place.
 */
const refusedText = "refused";

function inspectFor(
  connection: Connection,
  sql: string,
  protocol: "simple" | "extended",
): Inspection {
  const inspection = inspect(sql, protocol);
  if (connection.client.role !== "wearflow_owner" && mentionsAuthorization(sql))
    inspection.refusal ??= { code: "42501", reason: "the text names the session's authorization" };
  return inspection;
}

function plainStep(type: string, bytes: Buffer): Step {
  return { type, bytes, inspection: null, replaces: null, copy: null };
}

function queryStep(connection: Connection, bytes: Buffer): Step {
  const inspection = inspectFor(
    connection,
    bytes.toString("latin1", 5, bytes.length - 1),
    "simple",
  );
  if (inspection.refusal !== null)
    return { ...plainStep("Q", queryMessage(refusedText)), inspection };
  const copy = inspection.copyIn ? createCopyIn() : null;
  connection.copy = copy;
  return { ...plainStep("Q", bytes), inspection, copy };
}

function parseStep(connection: Connection, bytes: Buffer): Step {
  const { prefix, statements } = connection;
  let parse = renameParse(prefix, bytes, null);
  const inspection = inspectFor(connection, parse.sql, "extended");
  if (inspection.refusal !== null) parse = renameParse(prefix, bytes, refusedText);
  statements.add(parse.name);
  connection.keepsSettings ||= inspection.touchesSettings && !parse.unnamed;
  const replaces = parse.unnamed ? parse.name : null;
  return { type: "P", bytes: parse.bytes, inspection, replaces, copy: null };
}

function targetStep(connection: Connection, bytes: Buffer): Step {
  const target = renameTarget(connection.prefix, bytes);
  const type = String.fromCharCode(bytes[0] ?? 0);
  if (type === "C" && target.kind === "S") connection.statements.delete(target.name);
  return plainStep(type, target.bytes);
}

type StepMaker = (connection: Connection, bytes: Buffer) => Step;

const makers: Readonly<Record<string, StepMaker>> = {
  Q: queryStep,
  P: parseStep,
  B: ({ prefix }, bytes) => plainStep("B", renameBind(prefix, bytes)),
  E: ({ prefix }, bytes) => plainStep("E", renameExecute(prefix, bytes)),
  D: targetStep,
  C: targetStep,
  H: (_, bytes) => plainStep("H", bytes),
  S: (_, bytes) => plainStep("S", bytes),
};

/** Turns a client's message into a step of its batch; throws on a type Postgres would not take here. */
export function makeStep(connection: Connection, bytes: Buffer): Step {
  const type = String.fromCharCode(bytes[0] ?? 0);
  const make = Object.hasOwn(makers, type) ? makers[type] : undefined;
  if (make === undefined) throw new ProtocolViolation(`a message of type ${JSON.stringify(type)}`);
  return make(connection, bytes);
}

/** A batch ends here: what was gathered runs now. */
export function endsBatch({ type }: Step): boolean {
  return type === "S" || type === "Q" || type === "H";
}
