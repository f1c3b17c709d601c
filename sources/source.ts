/** Half-open span of UTC instants: `from` ≤ t < `to`. */
export type TimeWindow = Readonly<{ from: Date; to: Date }>;

/** Metrics this version reads; the database's metric registry holds unit, scale and plausible range. */
export type Metric =
  | "heart_rate"
  | "steps"
  | "distance"
  | "floors"
  | "active_zone_minutes"
  | "active_energy"
  | "activity_level"
  | "heart_rate_variability"
  | "oxygen_saturation"
  | "weight"
  | "sleep"
  | "exercise"
  | "daily_energy"
  | "daily_light_minutes"
  | "daily_moderate_minutes"
  | "daily_vigorous_minutes"
  | "daily_resting_heart_rate"
  | "daily_heart_rate_variability"
  | "daily_deep_sleep_heart_rate_variability"
  | "daily_oxygen_saturation"
  | "daily_lowest_oxygen_saturation"
  | "daily_respiratory_rate"
  | "daily_sleep_temperature"
  | "daily_sleep_temperature_baseline";

/**
 * What a participant can grant or withhold, one by one: heart rate, steps and other activity, sleep, and the devices
 * with their last sync and the account's time zone.
 */
export type Permission = "heart" | "activity" | "sleep" | "device";

/** Whose account it is: by the provider's own id, and by the id older exports name it. */
export type Identity = Readonly<{ providerUserId: string; legacyUserId: string | null }>;

/** One minute, every sample the device recorded, a sleep or an exercise as a whole, or a whole local day. */
export type Resolution = "minute" | "sample" | "session" | "day";

/** What is asked for in one go: consecutive local days, oldest first, and the span of instants they make up. */
export type ReadingSpan = TimeWindow & Readonly<{ days: readonly string[] }>;

/**
 * What the registry says of one series, as a parser needs it: stored value = round(value × scale).
 * `plausibleMin` and `plausibleMax` are in the metric's unit (bpm, steps; minutes for sessions), both inclusive.
 */
export type SeriesRule = Readonly<{
  metric: Metric;
  /** What the source calls it: all series of one data type, family and resolution are read by the same requests. */
  dataType: string;
  /** Which of the account's devices and apps it is read from: "google-wearables", "all-sources". */
  family: string;
  resolution: Resolution;
  scale: number;
  plausibleMin: number;
  plausibleMax: number;
}>;

/** Columns of equal length: instants in epoch milliseconds (UTC) and integers in units of the series' scale. */
export type SampleColumns = { times: number[]; values: number[] };

/** One reading that could not be kept, with the reason in fixed words and the piece of the reply it came from. */
export type RejectedReading = Readonly<{
  reason:
    | "implausible_value"
    | "not_a_number"
    | "unparseable_point"
    | "bad_time"
    | "outside_window"
    | "unaligned_window"
    | "unknown_type"
    | "duplicate_conflict";
  /** What was wrong, where, in words without measured values or personal data. */
  detail: string;
  /** The offending piece as received (at most 100,000 characters): for quarantine only. */
  payload: string;
  /** The instant it tells of, epoch milliseconds, where that much can be read. */
  time?: number;
}>;

/** Where one reply came from: stored as a row of `study.fetch`. */
export type Provenance = Readonly<{
  /** FILE for a file somebody handed in. */
  method: "GET" | "POST" | "FILE";
  /** Address without query secrets; never a token. Of a file its name, without directories. */
  url: string;
  requestedWindow: TimeWindow | null;
  fetchedAt: Date;
  status: number;
  /** Hex SHA-256 of the body as received, after content decoding. */
  sha256: string;
  bytes: number;
  durationMs: number;
}>;

/**
 * One page of a window. A reading is either in `samples` or in `rejected`; nothing is dropped silently. An instant
 * that comes again in the same window with the same value is the same reading; with another value it is rejected.
 */
export type SamplePage = Readonly<{
  samples: SampleColumns;
  rejected: readonly RejectedReading[];
  provenance: Provenance;
}>;

export type Stage = "awake" | "restless" | "asleep" | "light" | "deep" | "rem";

/** A stretch of one stage; both instants in epoch milliseconds, half-open. */
export type StageSpan = Readonly<{ startMs: number; endMs: number; stage: Stage }>;

/** A sleep or an exercise as the source recorded it; instants in epoch milliseconds, half-open. */
export type Session = Readonly<{
  providerSessionId: string;
  kind: "sleep" | "exercise";
  /** What kind of exercise, or how the sleep was told: the source's own word in lower case. */
  label: string | null;
  startMs: number;
  endMs: number;
  /** The one sleep of a night, where the source says so. */
  main: boolean;
  /** False while the source still computes its stages: it must be read again. */
  processed: boolean;
  /** Whole minutes, of the stages; null where there are none yet, or it is no sleep. */
  minutesAsleep: number | null;
  minutesInBed: number | null;
  stages: readonly StageSpan[];
}>;

/** Columns of equal length: which of the series asked for, local day (YYYY-MM-DD), integer in units of its scale. */
export type DayColumns = Readonly<{ series: number[]; days: string[]; values: number[] }>;

/** What a page holds, by the resolution of the series asked for. */
export type Content =
  | Readonly<{ holds: "samples"; samples: SampleColumns }>
  | Readonly<{ holds: "days"; days: DayColumns }>
  | Readonly<{ holds: "sessions"; sessions: readonly Session[] }>;

/** One page of whatever was asked for. A reading is either in it or in `rejected`; nothing is dropped silently. */
export type Page = Content & Omit<SamplePage, "samples">;

/** A paired device as the source describes it. Fields the source withholds are null, never guessed. */
export type Device = Readonly<{
  providerDeviceId: string;
  kind: "tracker" | "scale" | "other";
  model: string | null;
  batteryPercent: number | null;
  batteryLabel: string | null;
  /** When the device last handed its data to the provider: not when we fetched. */
  lastSyncAt: Date | null;
}>;

/** Devices and account settings of one participant; `settings` is null where that scope was withheld, or not asked for. */
export type DeviceReply = Readonly<{
  devices: readonly Device[];
  rejected: readonly RejectedReading[];
  settings: Readonly<{ timeZone: string | null }> | null;
  provenance: readonly Provenance[];
}>;

export type DevicesAsked = Readonly<{ alone: boolean }>;

/** What a series is asked for by. */
export type Asked = Pick<SeriesRule, "dataType" | "resolution">;

/** What a source can do and how far one request may reach. */
export type Capabilities = Readonly<{
  /** Longest window one request may ask for, in days. */
  maxWindowDays: (asked: Asked) => number;
  /** Which consent it stands behind: those of one are granted or withheld together. */
  permissionOf: (asked: Asked) => Permission;
}>;

/** A place data comes from. Errors are those of sources/errors.ts; a failed page is never an empty one. */
export type Source = Readonly<{
  name: string;
  capabilities: Capabilities;
  /**
   * Yields the pages of one window in the order the source gives them, to the end. The series are of one data type,
   * family and resolution; samples and sessions are of one series alone.
   */
  fetchPages(
    series: readonly SeriesRule[],
    span: ReadingSpan,
    accessToken: string,
  ): AsyncGenerator<Page, void, void>;
  /** Reads one piece that was rejected before, by today's rules; empty where it still does not fit. */
  readKept(series: readonly SeriesRule[], payload: string): Content;
  /** `alone`: without the settings. */
  fetchDevices(accessToken: string, options?: DevicesAsked): Promise<DeviceReply>;
  /** The provider's own ids of the account, for webhooks and for joining older exports. */
  fetchIdentity(accessToken: string): Promise<Identity>;
  /** What the study asks for and these granted scopes leave out. */
  missingPermissions(scopes: readonly string[]): readonly Permission[];
}>;

/** Tokens of one grant as the provider gave them. Secret: encrypted before they are stored, never logged. */
export type Grant = Readonly<{
  accessToken: string;
  refreshToken: string;
  /** When the access token stops working. */
  expiresAt: Date;
  /** When the grant itself ends, where the provider limits it (testing apps: 7 days). */
  grantExpiresAt: Date | null;
  scopes: readonly string[];
}>;

/** Authorisation with a provider. `refresh` throws AuthorizationRevoked only on the provider's `invalid_grant`. */
export type Authorizer = Readonly<{
  redeem(
    code: string,
    options: Readonly<{ redirectUri: string; codeVerifier?: string }>,
  ): Promise<Grant>;
  refresh(grant: Grant): Promise<Grant>;
}>;
