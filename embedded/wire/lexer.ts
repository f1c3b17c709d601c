/**
 * Cuts SQL into its top-level statements the way Postgres' scanner does (src/backend/parser/scan.l), so that
 * nothing inside a quote, a comment or a dollar quote is taken for a statement. It works on latin1 text: one
 * character a byte, as the scanner does. It assumes standard_conforming_strings = on, which the rules enforce.
 */
export type Token = Readonly<{
  /** An unquoted word (lower case), a quoted identifier, a string or dollar quote, a number, or one other sign. */
  kind: "word" | "quoted" | "string" | "number" | "sign";
  text: string;
  /** How many parentheses are open. */
  depth: number;
}>;

export type Statement = readonly Token[];

/** Rules need the head of a statement only, except for COPY, whose FROM comes after its columns. */
const TOKENS_KEPT = 12;

const skipped = /(?:[ \t\n\r\f\v]+|--[^\n\r]*)+/y;
const word = /[A-Za-z_\x80-\xff][\w$\x80-\xff]*/y;
const number =
  /0[xX](?:_?[\da-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+|(?:\d(?:_?\d)*(?:\.(?:\d(?:_?\d)*)?)?|\.\d(?:_?\d)*)(?:[eE][-+]?\d(?:_?\d)*)?/y;
const parameter = /\$\d+/y;
const dollarTag = /\$(?:[A-Za-z_\x80-\xff][\w\x80-\xff]*)?\$/y;

function match(pattern: RegExp, sql: string, at: number): string | null {
  pattern.lastIndex = at;
  return pattern.exec(sql)?.[0] ?? null;
}

/** The end of a comment that may hold comments. */
function endOfComment(sql: string, at: number): number {
  let open = 0;
  let position = at;
  while (position < sql.length) {
    if (sql.startsWith("/*", position)) {
      open += 1;
      position += 2;
    } else if (sql.startsWith("*/", position)) {
      open -= 1;
      position += 2;
      if (open === 0) return position;
    } else position += 1;
  }
  return position;
}

/** The end of something closed by `quote`, where the doubled quote stands for itself. */
function endOfQuote(sql: string, at: number, quote: string): number {
  let close = sql.indexOf(quote, at + 1);
  while (close !== -1 && sql[close + 1] === quote) close = sql.indexOf(quote, close + 2);
  return close === -1 ? sql.length : close + 1;
}

/** The end of an E'…' string: backslashes escape, and after a line break it goes on in the next quote. */
function endOfEscapeString(sql: string, at: number): number {
  let position = at + 1;
  while (position < sql.length) {
    const pair = sql.slice(position, position + 2);
    if (pair.startsWith("\\") || pair === "''") position += 2;
    else if (!pair.startsWith("'")) position += 1;
    else {
      const next = continuation(sql, position + 1);
      if (next === null) return position + 1;
      position = next;
    }
  }
  return position;
}

/** Where a string that was closed just before `at` goes on: after a gap with a line break and a further quote. */
function continuation(sql: string, at: number): number | null {
  const gap = match(skipped, sql, at) ?? "";
  const quote = at + gap.length;
  return /[\n\r]/.test(gap) && sql[quote] === "'" ? quote + 1 : null;
}

function endOfDollarQuote(sql: string, at: number, tag: string): number {
  const close = sql.indexOf(tag, at + tag.length);
  return close === -1 ? sql.length : close + tag.length;
}

/** Where the blanks and comments that start at `at` end. */
function endOfSkipped(sql: string, at: number): number {
  let position = at;
  for (;;) {
    const blanks = match(skipped, sql, position)?.length ?? 0;
    position += blanks;
    if (sql.startsWith("/*", position)) position = endOfComment(sql, position);
    else if (blanks === 0) return position;
  }
}

type Found = Readonly<{ kind: Token["kind"]; end: number }>;

function findQuoted(sql: string, at: number): Found | null {
  if (sql[at] === '"') return { kind: "quoted", end: endOfQuote(sql, at, '"') };
  if (sql[at] === "'") return { kind: "string", end: endOfQuote(sql, at, "'") };
  if (/e/i.test(sql[at] ?? "") && sql[at + 1] === "'")
    return { kind: "string", end: endOfEscapeString(sql, at + 1) };
  const tag = match(dollarTag, sql, at);
  return tag === null ? null : { kind: "string", end: endOfDollarQuote(sql, at, tag) };
}

function findToken(sql: string, at: number): Found {
  const quoted = findQuoted(sql, at);
  if (quoted !== null) return quoted;
  const plain = match(word, sql, at);
  if (plain !== null) return { kind: "word", end: at + plain.length };
  const digits = match(number, sql, at) ?? match(parameter, sql, at);
  if (digits !== null) return { kind: "number", end: at + digits.length };
  return { kind: "sign", end: at + 1 };
}

function depthAfter(depth: number, text: string): number {
  if (text === "(") return depth + 1;
  return text === ")" ? depth - 1 : depth;
}

type Lexed = Readonly<{ token: Token; next: number }>;

function lex(sql: string, at: number, depth: number): Lexed {
  const { kind, end } = findToken(sql, at);
  const raw = sql.slice(at, end);
  const text = kind === "word" ? raw.toLowerCase() : raw;
  const inside = kind === "sign" ? depthAfter(depth, text) : depth;
  return { token: { kind, text, depth: inside }, next: endOfSkipped(sql, end) };
}

/** The top-level statements of a query text, empty ones left out, each with its first tokens. */
export function statementsOf(sql: string): Statement[] {
  const statements: Token[][] = [];
  let current: Token[] = [];
  let depth = 0;
  for (let at = endOfSkipped(sql, 0); at < sql.length; ) {
    const { token, next } = lex(sql, at, depth);
    at = next;
    depth = token.depth;
    if (token.kind === "sign" && token.text === ";") {
      statements.push(current);
      current = [];
      depth = 0;
    } else if (current.length < TOKENS_KEPT || current[0]?.text === "copy") current.push(token);
  }
  return [...statements, current].filter((statement) => statement.length > 0);
}
