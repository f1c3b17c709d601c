const MINUTE_MS = 60_000;
const HOUR_MINUTES = 60;
const DAY_MINUTES = 1440;

/** How long ago (or ahead) an instant is, in at most two units: `just now`, `5 min ago`, `2 d 3 h ago`. */
export function relativeTime(at: Date, now: Date): string {
  const minutes = Math.floor(Math.abs(now.getTime() - at.getTime()) / MINUTE_MS);
  if (minutes === 0) return "just now";
  const words = duration(minutes);
  return at > now ? `in ${words}` : `${words} ago`;
}

function duration(minutes: number): string {
  if (minutes < HOUR_MINUTES) return `${minutes} min`;
  if (minutes < DAY_MINUTES) return `${Math.floor(minutes / HOUR_MINUTES)} h`;
  const days = Math.floor(minutes / DAY_MINUTES);
  const hours = Math.floor((minutes % DAY_MINUTES) / HOUR_MINUTES);
  return hours === 0 || days >= 14 ? `${days} d` : `${days} d ${hours} h`;
}

/** Minutes as `h:mm`: 605 → `10:05`. */
export function hoursAndMinutes(minutes: number): string {
  const whole = Math.round(minutes);
  return `${Math.floor(whole / HOUR_MINUTES)}:${String(whole % HOUR_MINUTES).padStart(2, "0")}`;
}

/** Minutes as hours with one decimal: 834 → `13.9`. */
export function decimalHours(minutes: number): string {
  return (minutes / HOUR_MINUTES).toFixed(1);
}

/** The length of a local day where it is not 24 h, in words; null for an ordinary day. */
export function unusualLength(minutes: number): string | null {
  return minutes === DAY_MINUTES ? null : hoursInWords(minutes);
}

/** Minutes as hours in words: 600 → `10 h`, 510 → `8 h 30 min`. */
export function hoursInWords(minutes: number): string {
  const rest = minutes % HOUR_MINUTES;
  const hours = Math.floor(minutes / HOUR_MINUTES);
  return rest === 0 ? `${hours} h` : `${hours} h ${rest} min`;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatIn(timeZone: string, style: "moment" | "clock"): Intl.DateTimeFormat {
  const key = `${style} ${timeZone}`;
  const known = formats.get(key);
  if (known) return known;
  const clock = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone } as const;
  const date = { weekday: "short", day: "numeric", month: "short", year: "numeric" } as const;
  const made = new Intl.DateTimeFormat("en-GB", style === "clock" ? clock : { ...date, ...clock });
  formats.set(key, made);
  return made;
}

/** An instant as the participant's wall clock shows it, with the zone: `Wed, 25 Nov 2026, 04:31 Europe/Oslo`. */
export function localMoment(at: Date, timeZone: string): string {
  return `${formatIn(timeZone, "moment").format(at)} ${timeZone}`;
}

/** The wall clock alone: `04:31`. */
export function localClock(at: Date, timeZone: string): string {
  return formatIn(timeZone, "clock").format(at);
}

const dayFormats = {
  long: new Intl.DateTimeFormat("en-GB", {
    weekday: "short",
    day: "numeric",
    month: "short",
    year: "numeric",
    timeZone: "UTC",
  }),
  short: new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" }),
} as const;

/** A local day (`YYYY-MM-DD`, a word and not an instant) for people: `Wed, 25 Nov 2026` or `25 Nov`. */
export function dayInWords(day: string, style: keyof typeof dayFormats): string {
  return dayFormats[style].format(new Date(`${day}T00:00:00Z`));
}

/**
 * Hours of wall clock from the start of a local day until an instant. A change of the clock between the two
 * puts it off by that hour, which no threshold here can feel; local days themselves are made in SQL only.
 */
export function hoursSinceLocalDay(day: string, at: Date, timeZone: string): number {
  const part = new Map(
    new Intl.DateTimeFormat("en-GB", {
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
      timeZone,
    })
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  );
  const local = `${part.get("year")}-${part.get("month")}-${part.get("day")}T${part.get("hour")}:${part.get("minute")}:00Z`;
  return (Date.parse(local) - Date.parse(`${day}T00:00:00Z`)) / (HOUR_MINUTES * MINUTE_MS);
}
