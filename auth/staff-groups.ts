import type { Role, Site } from "./can.ts";
import { ROLES } from "./can.ts";

/** What a group at the identity provider makes of its members here. */
export type StaffGroup = Readonly<{ group: string; role: Role; site: Site | null }>;

/**
 * Reads OIDC_GROUPS: `group=role`, separated by commas, first match first. A coordinator's says which site:
 * `oslo-nurses=coordinator:sleep-2/Oslo`, or `nurses=coordinator:*` for every site. Throws in words.
 */
export function readStaffGroups(text: string): readonly StaffGroup[] {
  return text
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "")
    .map(readEntry);
}

function readEntry(entry: string): StaffGroup {
  const [, group = "", word = "", , where] = /^([^=]+)=([a-z]+)(:(.+))?$/.exec(entry) ?? [];
  const role = ROLES.find((each) => each === word);
  if (role === undefined) {
    throw new Error(`OIDC_GROUPS: “${entry}” must be group=role, with one of ${ROLES.join(", ")}`);
  }
  if ((role === "coordinator") !== (where !== undefined)) {
    throw new Error(
      `OIDC_GROUPS: “${entry}”: a coordinator needs a site (coordinator:STUDY/SITE, or coordinator:*), others have none`,
    );
  }
  if (where === undefined || where === "*") return { group, role, site: null };
  const [, study, name] = /^([^/]+)\/(.+)$/.exec(where) ?? [];
  if (study === undefined || name === undefined) {
    throw new Error(`OIDC_GROUPS: “${where}” must be STUDY/SITE`);
  }
  return { group, role, site: { study, name } };
}

/** What these groups make of somebody: the first entry that names one of them; null where none does. */
export function staffOfGroups(
  entries: readonly StaffGroup[],
  groups: readonly string[],
): StaffGroup | null {
  return entries.find(({ group }) => groups.includes(group)) ?? null;
}
