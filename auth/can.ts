/** What people who work on a study are. Participants have no account. */
export const ROLES = ["coordinator", "researcher", "ops", "admin"] as const;
export type Role = (typeof ROLES)[number];

/** A site by its study's slug and its own name. */
export type Site = Readonly<{ study: string; name: string }>;

/** Who asks: the role, and the one site it is bound to, null for every site. */
export type Holder = Readonly<{ role: Role; site: Site | null }>;

/** A participant, as far as permission goes; somebody of no site is nobody's of a site. */
export type Subject = Readonly<{ study: string; site: string | null }>;

/**
 * How far a permission reaches. `all`: everywhere. `own`: participants of one's own site, and pages that show only
 * those; who is bound to no site has all for their own. `unbound`: only who is bound to no site, for what concerns a
 * whole study.
 */
type Reach = "all" | "own" | "unbound";

/** The one table of permissions: what a route may ask for, and whose role reaches how far. Who is not named is refused. */
const allowed = {
  "status.read": { coordinator: "own", researcher: "all", ops: "all", admin: "all" },
  "participant.read": { coordinator: "own", researcher: "all", ops: "all", admin: "all" },
  "participant.fetch": { coordinator: "own", ops: "all", admin: "all" },
  "participant.audit": { coordinator: "own", admin: "all" },
  "live.read": { coordinator: "all", researcher: "all", ops: "all", admin: "all" },
  "runs.open": { coordinator: "all", ops: "all", admin: "all" },
  "study.change": { coordinator: "unbound", admin: "all" },
  "participant.change": { coordinator: "own", admin: "all" },
  "participant.import": { coordinator: "unbound", admin: "all" },
  "contact.read": { coordinator: "own", admin: "all" },
  "contact.change": { coordinator: "own", admin: "all" },
  "message.read": { coordinator: "own", ops: "all", admin: "all" },
  "digest.read": { coordinator: "own", ops: "all", admin: "all" },
  "rules.read": { coordinator: "own", ops: "all", admin: "all" },
  "rules.change": { coordinator: "unbound", admin: "all" },
  "message.send": { coordinator: "own", admin: "all" },
  "data.read": { coordinator: "own", researcher: "all", ops: "all", admin: "all" },
  "imputation.start": { coordinator: "own", researcher: "all", ops: "all", admin: "all" },
  "consent.change": { coordinator: "own", admin: "all" },
  "campaign.run": { coordinator: "unbound", admin: "all" },
  "audit.read": { admin: "all" },
} as const satisfies Record<string, Partial<Record<Role, Reach>>>;

export type Action = keyof typeof allowed;
export const ACTIONS = Object.keys(allowed) as readonly Action[];

/**
 * Whether this person may do this: at all, or, where a participant is named, to them. A page that lists people asks
 * once without a participant to open, and once for each it would show.
 */
export function can({ role, site }: Holder, action: Action, about?: Subject): boolean {
  const reach: Reach | undefined = (allowed[action] as Partial<Record<Role, Reach>>)[role];
  if (reach === undefined) return false;
  if (reach === "all" || site === null) return true;
  if (reach === "unbound") return false;
  return about === undefined || (about.study === site.study && about.site === site.name);
}
