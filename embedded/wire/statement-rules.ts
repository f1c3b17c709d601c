import type { Statement } from "./lexer.ts";
import { statementsOf } from "./lexer.ts";
import { readReset, readSet } from "./set-rules.ts";

/**
 * What one query text means to the shared session. Everything but the refusals is bookkeeping: which settings
 * to keep per connection, who listens to what, and whether the client is about to send COPY data.
 */
export type Inspection = {
  /** Why the whole text is refused, or null; `code` is a SQLSTATE. */
  refusal: Readonly<{ code: string; reason: string }> | null;
  /** May have changed session settings. */
  touchesSettings: boolean;
  /** May have run code out of sight that set the session's user; only the owner can. */
  mayChangeUser: boolean;
  /** Settings with a prefix (`wearflow.actor`), which Postgres does not list. */
  customNames: string[];
  /** Names reset to Postgres' own default, "all" among them: ours must be set again. */
  resets: string[];
  listens: string[];
  /** Channels, or "*". */
  unlistens: string[];
  copyIn: boolean;
};

const customSetting = /set_config\s*\(\s*'([a-z_][a-z0-9_]*\.[a-z0-9_.]+)'/gi;

function refuse(inspection: Inspection, reason: string, code = "42501"): void {
  inspection.refusal ??= { code, reason };
}

function noteSetting(inspection: Inspection, statement: Statement): void {
  const isReset = statement[0]?.text === "reset";
  const effect = isReset ? readReset(statement.slice(1)) : readSet(statement.slice(1));
  if (effect.refusal !== null) {
    refuse(inspection, effect.refusal);
    return;
  }
  if (statement[1]?.text === "local") return;
  inspection.touchesSettings = true;
  if (effect.name === null) return;
  if (isReset) inspection.resets.push(effect.name);
  else if (effect.name.includes(".")) inspection.customNames.push(effect.name);
}

/** A channel as Postgres knows it: folded to lower case unless quoted. */
function channelOf(statement: Statement): string | null {
  const token = statement[1];
  if (token === undefined) return null;
  const name = token.kind === "quoted" ? token.text.slice(1, -1).replaceAll('""', '"') : token.text;
  return Buffer.from(name, "latin1").toString("utf8");
}

/** COPY … FROM STDIN (or STDOUT, which the grammar takes as the same). */
function readsFromClient(statement: Statement): boolean {
  const from = statement.findIndex(
    ({ kind, text, depth }) => kind === "word" && text === "from" && depth === 0,
  );
  const source = statement[from + 1];
  return from > 0 && source?.kind === "word" && /^std(in|out)$/.test(source.text);
}

function noteHiddenCode(inspection: Inspection): void {
  inspection.touchesSettings = true;
  inspection.mayChangeUser = true;
}

type Rule = (inspection: Inspection, statement: Statement) => void;

/** By the first word of a statement. Words not listed need no care. */
const rules: Readonly<Record<string, Rule>> = {
  set: noteSetting,
  reset: noteSetting,
  do: noteHiddenCode,
  call: noteHiddenCode,
  discard: (inspection, [, what]) => {
    if (what?.text !== "plans" && what?.text !== "sequences")
      refuse(inspection, "DISCARD would clear what other connections keep in the shared session");
  },
  deallocate: (inspection, statement) => {
    if (statement.slice(1, 3).some(({ text }) => text === "all"))
      refuse(inspection, "DEALLOCATE ALL would drop the statements of other connections");
  },
  listen: (inspection, statement) => {
    const channel = channelOf(statement);
    if (channel !== null) inspection.listens.push(channel);
  },
  unlisten: (inspection, statement) => {
    const channel = channelOf(statement);
    if (channel !== null) inspection.unlistens.push(channel);
  },
  copy: (inspection, statement) => {
    inspection.copyIn ||= readsFromClient(statement);
  },
};

/** Reads a query text as the bytes the client sent (latin1: one character a byte). */
export function inspect(sql: string, protocol: "simple" | "extended"): Inspection {
  const callsSetConfig = /set_config/i.test(sql);
  const inspection: Inspection = {
    refusal: null,
    touchesSettings: callsSetConfig,
    mayChangeUser: callsSetConfig,
    customNames: [...sql.matchAll(customSetting)].flatMap((found) => found[1] ?? []),
    resets: [],
    listens: [],
    unlistens: [],
    copyIn: false,
  };
  const statements = statementsOf(sql);
  for (const statement of statements) {
    const first = statement[0];
    if (first?.kind === "word" && Object.hasOwn(rules, first.text))
      rules[first.text]?.(inspection, statement);
  }
  if (inspection.copyIn && (protocol === "extended" || statements.length > 1))
    refuse(inspection, "COPY FROM STDIN works only alone in a simple query here", "0A000");
  return inspection;
}

/**
 * A second, cruder look for roles that own nothing: should the lexer ever read a text otherwise than Postgres,
 * the words that could change the session's user are still found, even inside quotes. One pass, whatever the text:
 * after a comment, anything up to the last "authorization" is taken for its gap.
 */
export function mentionsAuthorization(sql: string): boolean {
  const text = sql.toLowerCase();
  const last = text.lastIndexOf("authorization");
  const first = text.search(/session[\s_]*(?:authorization|--|\/\*)/);
  return (first !== -1 && first < last) || text.includes('u&"');
}
