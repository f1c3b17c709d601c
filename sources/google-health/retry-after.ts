const DEFAULT_SECONDS = 60;
const MAX_SECONDS = 3600;
/** Date.parse reads "-5" as a date, so a date must begin like one. */
const HTTP_DATE = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? /;

/**
 * Whole seconds to wait: the Retry-After header (seconds or a date), else google.rpc.RetryInfo's delay ("26s"), else
 * 60. At least 1, at most an hour: an absurd wait must not stop a participant for good. `now` is the moment of the
 * reply by the server's clock (momentOf): by ours, a server ten minutes behind would be asked again at once.
 */
export function secondsToWait(
  header: string | null,
  retryDelay: string | undefined,
  now: Date,
): number {
  const asked = readHeader(header?.trim() ?? "", now) ?? readDelay(retryDelay ?? "");
  return Math.min(MAX_SECONDS, Math.max(1, Math.ceil(asked ?? DEFAULT_SECONDS)));
}

/** The moment of a reply by the clock that a date in it is told by: the server's own, or ours where it tells none. */
export function momentOf(dateHeader: string | null | undefined, received: Date): Date {
  const told = HTTP_DATE.test(dateHeader ?? "") ? Date.parse(dateHeader ?? "") : Number.NaN;
  return Number.isNaN(told) ? received : new Date(told);
}

function readHeader(header: string, now: Date): number | null {
  if (/^\d+(\.\d+)?$/.test(header)) return Number(header);
  const time = HTTP_DATE.test(header) ? Date.parse(header) : Number.NaN;
  return Number.isNaN(time) ? null : (time - now.getTime()) / 1000;
}

function readDelay(delay: string): number | null {
  const seconds = /^(\d+(?:\.\d+)?)s$/.exec(delay)?.[1];
  return seconds === undefined ? null : Number(seconds);
}
