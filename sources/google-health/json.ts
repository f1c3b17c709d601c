export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Numbers as Google writes them: doubles bare, int64 as decimal strings. Everything else is NaN. */
export function toNumber(value: unknown): number {
  if (typeof value === "number") return value;
  const isDecimal = typeof value === "string" && /^-?\d+(\.\d+)?$/.test(value);
  return isDecimal ? Number(value) : Number.NaN;
}

/** Far more than a night with its stages: a piece that is cut can never be read again. */
const MAX_KEPT = 100_000;

/** A piece of a reply for quarantine. JSON has no Infinity, which 1e400 is read as, and hardware addresses identify people. */
export function pieceOf(value: unknown): string {
  return (JSON.stringify(value, printable) ?? "").slice(0, MAX_KEPT);
}

/** A whole body for quarantine, without hardware addresses. */
export function keepable(body: string): string {
  return body.slice(0, MAX_KEPT).replaceAll(/"macAddress"\s*:\s*"[^"]*"/g, '"macAddress":""');
}

function printable(key: string, value: unknown): unknown {
  if (key === "macAddress") return undefined;
  return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
}
