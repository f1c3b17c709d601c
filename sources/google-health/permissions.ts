import type { Permission } from "../source.ts";

const PREFIX = "https://www.googleapis.com/auth/googlehealth.";

/** What a study asks of an account, and the scope that grants it. */
const scopes: Readonly<Record<Permission, string>> = {
  heart: `${PREFIX}health_metrics_and_measurements.readonly`,
  activity: `${PREFIX}activity_and_fitness.readonly`,
  sleep: `${PREFIX}sleep.readonly`,
  device: `${PREFIX}settings.readonly`,
};

/** The permissions this source asks for, in the order people are told of them. */
export const PERMISSIONS: readonly Permission[] = ["heart", "activity", "sleep", "device"];

/** The scopes to ask for. */
export const SCOPES: readonly string[] = PERMISSIONS.map((permission) => scopes[permission]);

/** What was asked for and is not among the granted scopes. */
export function missingPermissions(granted: readonly string[]): readonly Permission[] {
  return PERMISSIONS.filter((permission) => !granted.includes(scopes[permission]));
}
