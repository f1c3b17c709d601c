/** What people who work on a study are. Participants have no account. */
export type Role = "coordinator" | "researcher" | "ops" | "admin";

/** What a route may ask for. A new page adds its action here and says below who may do it. */
export type Action =
  | "status.read"
  | "participant.read"
  | "live.read"
  | "runs.open"
  | "study.change"
  | "participant.change";

/** The one table of permissions. */
const allowed: Readonly<Record<Action, readonly Role[]>> = {
  "status.read": ["coordinator", "researcher", "ops", "admin"],
  "participant.read": ["coordinator", "researcher", "ops", "admin"],
  "live.read": ["coordinator", "researcher", "ops", "admin"],
  "runs.open": ["coordinator", "ops", "admin"],
  "study.change": ["coordinator", "admin"],
  "participant.change": ["coordinator", "admin"],
};

/** Whether this role may do this; what the table does not name is refused. */
export function can(role: Role, action: Action): boolean {
  return allowed[action].includes(role);
}
