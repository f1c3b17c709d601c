/** What one column of a file holds: a metric of the registry, its number times `factor` in the metric's unit. */
type Cell = Readonly<{ column: string; metric: string; factor?: number }>;

/** One kind of Fitabase file, told by the names in its header. */
export type Kind = Readonly<{
  name: string;
  /** What its readings are, for people. */
  readings: string;
  time: string;
  cells: readonly Cell[];
  /** The column that tells nights apart. */
  key?: string;
  /** Samples have instants, nights are sessions of minutes, days have a date. */
  holds: "samples" | "nights" | "days";
  resolution: "sample" | "minute" | "session" | "day";
  /** Minutes from one cell to the next, where a row holds many. */
  cellMinutes: number;
  /** Zeros are filled in for every minute, worn or not: they are read and counted, not stored. */
  zerosAreFiller: boolean;
  /** Lines stored at a time. */
  batchLines: number;
}>;

const sampled = { holds: "samples", cellMinutes: 0, zerosAreFiller: false } as const;
const daily = { holds: "days", resolution: "day", batchLines: 5_000 } as const;
const minutes = Array.from({ length: 60 }, (_, minute) => String(minute).padStart(2, "0"));

/** The kinds that are read. A header may hold more columns than these; they are left alone. */
export const KINDS: readonly Kind[] = [
  {
    ...sampled,
    name: "heartrate_seconds",
    readings: "heart-rate samples",
    time: "Time",
    cells: [{ column: "Value", metric: "heart_rate" }],
    resolution: "sample",
    batchLines: 10_000,
  },
  {
    ...sampled,
    name: "minuteStepsWide",
    readings: "step minutes",
    time: "ActivityHour",
    cells: minutes.map((minute) => ({ column: `Steps${minute}`, metric: "steps" })),
    resolution: "minute",
    cellMinutes: 1,
    zerosAreFiller: true,
    // Sixty readings a line, most of them zeros.
    batchLines: 1_000,
  },
  {
    ...sampled,
    name: "weightLogInfo",
    readings: "weights",
    time: "Date",
    cells: [{ column: "WeightKg", metric: "weight" }],
    resolution: "sample",
    batchLines: 10_000,
  },
  {
    ...sampled,
    name: "minuteSleep",
    readings: "minutes of sleep sessions",
    time: "date",
    cells: [{ column: "value", metric: "sleep" }],
    key: "logId",
    holds: "nights",
    resolution: "session",
    // Two months of nights: one that is cut in two is joined again.
    batchLines: 30_000,
  },
  {
    ...sampled,
    ...daily,
    name: "sleepDay",
    readings: "sleep days",
    time: "SleepDay",
    cells: [
      { column: "TotalSleepRecords", metric: "daily_sleep_records" },
      { column: "TotalMinutesAsleep", metric: "daily_sleep_minutes" },
      { column: "TotalTimeInBed", metric: "daily_bed_minutes" },
    ],
  },
  {
    ...sampled,
    ...daily,
    name: "dailyActivity",
    readings: "activity days",
    time: "ActivityDate",
    cells: [
      { column: "TotalSteps", metric: "daily_steps" },
      { column: "TotalDistance", metric: "daily_distance", factor: 1000 },
      { column: "VeryActiveMinutes", metric: "daily_very_active_minutes" },
      { column: "FairlyActiveMinutes", metric: "daily_fairly_active_minutes" },
      { column: "LightlyActiveMinutes", metric: "daily_lightly_active_minutes" },
      { column: "SedentaryMinutes", metric: "daily_sedentary_minutes" },
      { column: "Calories", metric: "daily_energy" },
    ],
  },
];

/** The kind whose columns a header names, or null. */
export function kindOf(header: string): Kind | null {
  const names = new Set(columnsOf(header));
  const has = (...columns: readonly string[]) => columns.every((column) => names.has(column));
  const found = KINDS.find(({ time, cells, key }) => {
    return has("Id", time, ...cells.map(({ column }) => column)) && (key === undefined || has(key));
  });
  return found ?? null;
}

/** A line's columns. No kind has a comma inside a field; a byte-order mark is none of the name. */
export function columnsOf(line: string): string[] {
  const plain = line.charCodeAt(0) === 0xfeff ? line.slice(1) : line;
  return (plain.includes('"') ? plain.replaceAll('"', "") : plain).split(",");
}
