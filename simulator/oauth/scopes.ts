const prefix = "https://www.googleapis.com/auth/googlehealth.";

/** The scopes the simulator knows, by short name. */
export const scopes = {
  activity: `${prefix}activity_and_fitness.readonly`,
  health: `${prefix}health_metrics_and_measurements.readonly`,
  sleep: `${prefix}sleep.readonly`,
  settings: `${prefix}settings.readonly`,
  profile: `${prefix}profile.readonly`,
} as const;

/** What a participant grants who unticks nothing: the product's minimal set. */
export const allScopes: readonly string[] = [
  scopes.activity,
  scopes.health,
  scopes.sleep,
  scopes.settings,
];
