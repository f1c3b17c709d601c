import type { Config } from "../config.ts";

/** What this npm start is to do: with which settings, and whether the simulator stands in Google's place. */
export type StartRequest = Readonly<{
  config: Config;
  /** Folder of recordings to replay. */
  replay: string | undefined;
  simulated: boolean;
}>;

type Flags = Readonly<{ replay?: string | undefined; demo?: boolean | undefined }>;

const PORTS = [
  "HTTP_PORT",
  "DATABASE_PORT",
  "TEMPORAL_PORT",
  "TEMPORAL_UI_PORT",
  "SIMULATOR_PORT",
] as const;

/** Judges flags and environment together; throws one Error in words where they do not fit. */
export function readStart({ replay, demo = false }: Flags, config: Config): StartRequest {
  if (replay?.trim() === "")
    throw new Error("--replay needs a folder of recordings, such as ../shared/data/fitabase");
  refuseEqualPorts(config);
  const hasSource = config.GOOGLE_CLIENT_ID !== undefined;
  const wantsDemo = demo || replay !== undefined;
  if (hasSource && wantsDemo)
    throw new Error(
      "GOOGLE_CLIENT_ID is set, so people's data comes from Google: leave it out to see simulated or recorded people",
    );
  if (config.DATABASE_URL !== undefined) refuseOnOwnDatabase(config, demo);
  return { config, replay, simulated: !hasSource };
}

/** A database of their own may hold a real study: nothing is put into it, and no key is made, unasked. */
function refuseOnOwnDatabase(config: Config, demo: boolean): void {
  if (config.GOOGLE_CLIENT_ID === undefined && !demo)
    throw new Error(
      "DATABASE_URL is set, but no source: set GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET, or put simulated people into that database with npm start -- --demo",
    );
  if (config.TOKEN_KEY === undefined)
    throw new Error(
      "DATABASE_URL is set without TOKEN_KEY, which encrypts the tokens in it: make one with openssl rand -hex 32 and keep it where the database's backups are not",
    );
}

/** Two servers cannot share a port; 0 lets each pick its own. */
function refuseEqualPorts(config: Config): void {
  for (const [index, name] of PORTS.entries()) {
    const twin = PORTS.slice(0, index).find((other) => config[other] === config[name]);
    if (twin !== undefined && config[name] !== 0)
      throw new Error(`${twin} and ${name} are both ${config[name]}: give each its own port`);
  }
}
