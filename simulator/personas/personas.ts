/** A way of not wearing the watch; days count from the epoch. */
export type Habit =
  | Readonly<{ kind: "nights_off" }>
  | Readonly<{ kind: "evenings_off"; share: number }>
  | Readonly<{ kind: "weekends_off" }>
  | Readonly<{ kind: "away"; fromDay: number; days: number }>;

/** From `fromDay` on (counted from the epoch) nothing reaches the phone any more. */
export type Silence = Readonly<{
  cause: "phone_lost" | "sync_turned_off" | "phone_left_at_home";
  fromDay: number;
  days: number;
}>;

/** A kind of person: where they live and what they habitually do. */
export type Persona = Readonly<{
  name: string;
  zone: string;
  site: string;
  device: "Charge 6" | "Inspire 3" | "Pixel Watch 4";
  habits?: readonly Habit[];
  /** Charged every so many days; a watch lasts 160 hours. */
  chargeEveryDays?: number;
  /** Hours between two syncs of someone whose phone is seldom near. */
  lateSyncHours?: readonly [number, number];
  silence?: Silence;
  /** Also has a bathroom scale, which is paired but measures no heart rate. */
  scale?: boolean;
  /** Days from the epoch to enrolment, where the story needs it; otherwise drawn from 0 … 16. */
  enrolledAfterDays?: number;
}>;

const oslo = { zone: "Europe/Oslo", site: "Oslo" } as const;
const boston = { zone: "America/New_York", site: "Boston" } as const;
const forEver = 100_000;

/** Person number i is a persona of row i modulo the rows; varied early, so that small rosters are too. */
export const personas: readonly Persona[] = [
  { name: "compliant", ...oslo, device: "Charge 6" },
  {
    name: "evenings off",
    ...oslo,
    device: "Inspire 3",
    habits: [{ kind: "evenings_off", share: 0.7 }],
  },
  { name: "compliant", ...boston, device: "Pixel Watch 4" },
  { name: "late sync", ...oslo, device: "Charge 6", lateSyncHours: [48, 120] },
  { name: "compliant", zone: "Asia/Kolkata", site: "Bengaluru", device: "Charge 6", scale: true },
  {
    name: "stopped syncing",
    ...oslo,
    device: "Inspire 3",
    enrolledAfterDays: 4,
    silence: { cause: "sync_turned_off", fromDay: 27, days: forEver },
  },
  { name: "nights off", ...boston, device: "Charge 6", habits: [{ kind: "nights_off" }] },
  { name: "compliant", zone: "Australia/Lord_Howe", site: "Auckland", device: "Charge 6" },
  {
    name: "phone lost",
    ...oslo,
    device: "Charge 6",
    enrolledAfterDays: 2,
    silence: { cause: "phone_lost", fromDay: 24, days: forEver },
  },
  {
    name: "weekends off",
    ...oslo,
    device: "Pixel Watch 4",
    enrolledAfterDays: 1,
    habits: [{ kind: "weekends_off" }],
  },
  { name: "compliant", zone: "America/Santiago", site: "Boston", device: "Inspire 3" },
  {
    name: "week off",
    ...boston,
    device: "Charge 6",
    enrolledAfterDays: 3,
    habits: [{ kind: "away", fromDay: 14, days: 7 }],
  },
  { name: "compliant", zone: "Pacific/Auckland", site: "Auckland", device: "Pixel Watch 4" },
  {
    name: "phone left at home",
    ...boston,
    device: "Charge 6",
    enrolledAfterDays: 0,
    silence: { cause: "phone_left_at_home", fromDay: 9, days: 10 },
  },
  { name: "compliant", zone: "Europe/London", site: "Oslo", device: "Inspire 3", scale: true },
  {
    name: "battery runs down",
    ...oslo,
    device: "Inspire 3",
    enrolledAfterDays: 5,
    chargeEveryDays: 8,
  },
  { name: "compliant", ...oslo, device: "Charge 6" },
  {
    name: "nights off",
    zone: "Asia/Kolkata",
    site: "Bengaluru",
    device: "Inspire 3",
    habits: [{ kind: "nights_off" }],
  },
  {
    name: "late sync",
    zone: "Pacific/Auckland",
    site: "Auckland",
    device: "Charge 6",
    lateSyncHours: [48, 120],
  },
  {
    name: "stopped wearing",
    ...oslo,
    device: "Charge 6",
    enrolledAfterDays: 2,
    habits: [{ kind: "away", fromDay: 24, days: forEver }],
  },
  { name: "compliant", ...boston, device: "Charge 6" },
  { name: "compliant", ...oslo, device: "Pixel Watch 4" },
  { name: "compliant", zone: "Asia/Kathmandu", site: "Bengaluru", device: "Charge 6" },
  { name: "compliant", zone: "America/St_Johns", site: "Boston", device: "Inspire 3" },
];
