import { DAY, MINUTE, SECOND } from "./time.ts";

/** What the clocks around somebody show when: an IANA time zone, or several one after the other. */
export type Zone = Readonly<{
  /** Of a traveller the zone at home. */
  name: string;
  /** The IANA name of the zone one is in. */
  nameAt: (atMs: number) => string;
  offsetSeconds: (atMs: number) => number;
  /** The instant of a wall-clock time; a time that a clock change skipped moves on by the change. */
  instantOf: (day: number, minuteOfDay: number) => number;
  /** The local calendar day, as days since 1970-01-01. */
  dayOf: (atMs: number) => number;
}>;

const zones = new Map<string, Zone>();

/** The zone of an IANA name; throws a RangeError for a name that Node does not know. */
export function zoneOf(name: string): Zone {
  const known = zones.get(name);
  if (known !== undefined) return known;
  const zone = createZone(name);
  zones.set(name, zone);
  return zone;
}

function createZone(name: string): Zone {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: name,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  // Clocks only ever change on a quarter of an hour, so one look at Intl serves the whole quarter.
  const offsets = new Map<number, number>();
  const offsetSeconds = (atMs: number): number => {
    const quarter = Math.floor(atMs / (15 * MINUTE));
    let offset = offsets.get(quarter);
    if (offset === undefined) {
      offset = offsetAt(format, quarter * 15 * MINUTE);
      offsets.set(quarter, offset);
    }
    return offset;
  };
  const instantOf = (day: number, minuteOfDay: number): number => {
    const wall = day * DAY + Math.round(minuteOfDay * 60) * SECOND;
    const guess = wall - offsetSeconds(wall) * SECOND;
    return wall - offsetSeconds(guess) * SECOND;
  };
  const dayOf = (atMs: number): number => Math.floor((atMs + offsetSeconds(atMs) * SECOND) / DAY);
  return { name, nameAt: () => name, offsetSeconds, instantOf, dayOf };
}

function offsetAt(format: Intl.DateTimeFormat, atMs: number): number {
  const parts = new Map(format.formatToParts(atMs).map(({ type, value }) => [type, Number(value)]));
  const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
  const wall = Date.UTC(
    part("year"),
    part("month") - 1,
    part("day"),
    part("hour"),
    part("minute"),
    part("second"),
  );
  return (wall - atMs) / SECOND;
}
