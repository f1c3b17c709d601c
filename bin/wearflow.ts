import { readConfig } from "../config.ts";
import { exportAudit, verifyAudit } from "./commands/audit.ts";
import { checkSource } from "./commands/check-source.ts";
import { deleteCommand } from "./commands/delete.ts";
import { draws } from "./commands/draws.ts";
import { fault } from "./commands/fault.ts";
import { importCommand } from "./commands/import.ts";
import type { Command } from "./commands/installation.ts";
import { openInstallation } from "./commands/installation.ts";
import { ledger } from "./commands/ledger.ts";
import { participant } from "./commands/participant.ts";
import { quarantine } from "./commands/quarantine.ts";
import { rotateKeysCommand } from "./commands/rotate-keys.ts";
import { staff } from "./commands/staff.ts";
import { study } from "./commands/study.ts";
import { token } from "./commands/token.ts";

/** npm run wearflow -- COMMAND …: set a study up, import files, look after data. */
const commands: Readonly<Record<string, Command>> = {
  study,
  participant,
  import: importCommand,
  quarantine,
  fault,
  draws,
  ledger,
  staff,
  token,
  "check-source": checkSource,
  "rotate-keys": rotateKeysCommand,
  "verify-audit": verifyAudit,
  "export-audit": exportAudit,
  delete: deleteCommand,
};

const [name, ...args] = process.argv.slice(2);
const command = name === undefined ? undefined : commands[name];
if (command === undefined) {
  const usages = Object.values(commands).map(({ usage }) => `  npm run wearflow -- ${usage}`);
  console.error(
    `${name === undefined ? "" : `There is no command ${name}.\n`}Commands:\n${usages.join("\n")}`,
  );
  process.exit(name === undefined || name === "help" ? 0 : 1);
}

try {
  const installation = openInstallation(readConfig());
  await command.run(args, installation).finally(installation.close);
} catch (error) {
  console.error(`wearflow ${name}: ${explain(error)}`);
  process.exitCode = 1;
}

/** A fault in words; a refused connection says what to start. */
function explain(error: unknown): string {
  if (
    error instanceof AggregateError ||
    (error instanceof Error && "code" in error && error.code === "ECONNREFUSED")
  ) {
    return "the database does not answer; is npm start running, or DATABASE_URL right?";
  }
  return error instanceof Error ? error.message : String(error);
}
