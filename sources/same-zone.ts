/** Whether two IANA names are of one time zone: some have two (Asia/Kolkata, Asia/Calcutta). */
export function isSameZone(one: string, other: string): boolean {
  const canonical = (timeZone: string) =>
    new Intl.DateTimeFormat("en", { timeZone }).resolvedOptions().timeZone;
  return canonical(one) === canonical(other);
}
