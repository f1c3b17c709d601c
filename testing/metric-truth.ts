/** What the registry calls a metric, what the simulator's truth calls it, and how many of its units make one of ours. */
export type TrueMetric = Readonly<{
  metric: string;
  of: string;
  /** Stored values are whole numbers of 1/scale. */
  scale: number;
  /** Of the truth's units in one of the registry's. */
  per?: number;
}>;

/** Metrics that come as samples, heart rate and steps left out: their truth is told elsewhere. */
export const TRUE_SAMPLES: readonly TrueMetric[] = [
  { metric: "distance", of: "distance", scale: 1000, per: 1000 },
  { metric: "floors", of: "floors", scale: 1 },
  { metric: "active_zone_minutes", of: "activeZoneMinutes", scale: 1 },
  { metric: "active_energy", of: "activeEnergy", scale: 100 },
  { metric: "activity_level", of: "activityLevel", scale: 1 },
  { metric: "heart_rate_variability", of: "heartRateVariability", scale: 10 },
  { metric: "oxygen_saturation", of: "oxygenSaturation", scale: 10 },
  { metric: "weight", of: "weight", scale: 1000, per: 1000 },
];

/** Metrics that come as one value a local day. */
export const TRUE_DAYS: readonly TrueMetric[] = [
  { metric: "daily_energy", of: "energy", scale: 1 },
  { metric: "daily_light_minutes", of: "light", scale: 1 },
  { metric: "daily_moderate_minutes", of: "moderate", scale: 1 },
  { metric: "daily_vigorous_minutes", of: "vigorous", scale: 1 },
  { metric: "daily_resting_heart_rate", of: "restingHeartRate", scale: 10 },
  { metric: "daily_heart_rate_variability", of: "variability", scale: 10 },
  { metric: "daily_deep_sleep_heart_rate_variability", of: "deepSleepVariability", scale: 10 },
  { metric: "daily_oxygen_saturation", of: "oxygen", scale: 10 },
  { metric: "daily_lowest_oxygen_saturation", of: "lowestOxygen", scale: 10 },
  { metric: "daily_respiratory_rate", of: "breaths", scale: 10 },
  { metric: "daily_sleep_temperature", of: "temperature", scale: 100 },
  { metric: "daily_sleep_temperature_baseline", of: "usualTemperature", scale: 100 },
];
