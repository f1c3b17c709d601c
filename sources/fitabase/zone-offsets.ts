/** One stretch of a participant's zone history: this IANA zone from this instant on. */
export type ZoneSpan = Readonly<{ fromMs: number; timeZone: string }>;

/** Offset from UTC in force at an instant, both in milliseconds: wall = instant + offset. */
export type OffsetAt = (instantMs: number) => number;

/** Zones change their offset at whole quarters of an hour (UTC); people move at whole minutes, as read here. */
const QUARTER_MS = 900_000;
const MINUTE_MS = 60_000;
/** Quarters remembered of one zone: five years. */
const MOST_REMEMBERED = 175_200;

/** Participants share their zones' offsets: there are thousands of them and a few zones. */
const zones = new Map<string, OffsetAt>();

/** The offsets a participant lived by. The first span holds from the beginning of time. Throws for an unknown zone. */
export function createOffsets(history: readonly ZoneSpan[]): OffsetAt {
  const spans = history
    .map(({ fromMs, timeZone }) => ({
      fromMs: Number.isFinite(fromMs) ? Math.floor(fromMs / MINUTE_MS) * MINUTE_MS : fromMs,
      offsetAt: sharedOffsets(timeZone),
    }))
    .sort((one, other) => one.fromMs - other.fromMs);
  const first = spans[0];
  if (first === undefined) throw new Error("A participant without a time zone");
  if (spans.length === 1) return first.offsetAt;
  return (instantMs) =>
    (spans.findLast(({ fromMs }) => fromMs <= instantMs) ?? first).offsetAt(instantMs);
}

function sharedOffsets(timeZone: string): OffsetAt {
  const offsetAt = zones.get(timeZone) ?? zoneOffsets(timeZone);
  zones.set(timeZone, offsetAt);
  return offsetAt;
}

/** One zone's offsets; Intl takes microseconds, so each quarter of an hour is asked for once. */
function zoneOffsets(timeZone: string): OffsetAt {
  const format = new Intl.DateTimeFormat("en-US", { timeZone, timeZoneName: "longOffset" });
  const known = new Map<number, number>();
  return (instantMs) => {
    const quarter = Math.floor(instantMs / QUARTER_MS);
    const found = known.get(quarter);
    if (found !== undefined) return found;
    const offset = parseOffset(format, quarter * QUARTER_MS);
    if (known.size >= MOST_REMEMBERED) known.clear();
    known.set(quarter, offset);
    return offset;
  };
}

function parseOffset(format: Intl.DateTimeFormat, instantMs: number): number {
  const name = format.formatToParts(instantMs).find(({ type }) => type === "timeZoneName")?.value;
  const match = /^GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(name ?? "");
  if (match === null) throw new Error(`Cannot read the offset ${name}`);
  const [, sign, hours = "0", minutes = "0", seconds = "0"] = match;
  const size = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  return (sign === "-" ? -size : size) * 1000;
}
