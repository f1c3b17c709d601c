/**
 * What a study judges wear by, from one version of its settings (sql/studies.ts). Minutes, hours and days as the names
 * say; the defaults of the design stand in the settings' own schema.
 */
export type WearRules = Readonly<{
  validDayMinutes: number;
  bridgeMinutes: number;
  /** For how long a device keeps minutes it has not handed over. */
  deviceMemoryDays: number;
}>;

/** A day that is still open so long after its end is unsynced (hours). */
export const UNSYNCED_AFTER_HOURS = 48;
/** Who was not looked at for so long is missing through our fault: a day, and two hours of jitter. */
export const LOOK_OVERDUE_HOURS = 26;
/** A gap that nothing explains and that is no longer than this (minutes) is nobody's non-wear. */
export const SHORT_UNKNOWN_MINUTES = 15;
