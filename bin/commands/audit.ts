import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { AuditHead } from "../../sql/audit-chain.ts";
import { readEntriesAfter, verifyChain } from "../../sql/audit-chain.ts";
import type { Command, Installation } from "./installation.ts";

/** How a head is written wherever it is noted: in this command's words, the worker's log, a run's result. */
const HEAD = /\b(\d{1,15}):([0-9a-f]{64})\b/g;

/** verify-audit: recomputes the chain, and compares it with every head that was noted outside the database. */
export const verifyAudit: Command = {
  usage: "verify-audit [--heads FILE]   (any text with heads in it, such as the worker's log)",
  async run(args, { db, config }) {
    const { values } = parseArgs({ args: [...args], options: { heads: { type: "string" } } });
    const noted = join(config.DATA_DIR, "audit-heads");
    const heads = [noted, values.heads].flatMap(readHeads);
    if (values.heads !== undefined && !existsSync(values.heads)) {
      throw new Error(`there is no file ${values.heads}`);
    }
    const { entries, head, broken, lostHeads, guardsOff } = await verifyChain(db, heads);
    const faults = [
      ...broken.map((seq) => `entry ${seq} does not follow from the one before it`),
      ...lostHeads.map(({ seq, hash }) => `the noted head ${seq}:${hash} is not in the audit`),
      ...guardsOff.map((name) => `the trigger ${name} of audit.entry is off`),
    ];
    for (const fault of faults) console.log(fault);
    if (faults.length > 0)
      throw new Error(`the audit was tampered with: ${faults.length} findings`);
    console.log(`The audit is whole: ${entries} entries, ${heads.length} noted heads found.`);
    if (head === null) return;
    noteHead(noted, head, heads);
    console.log(
      `Head: ${head.seq}:${head.hash} (keep it where nobody who owns the database writes)`,
    );
  },
};

function readHeads(file: string | undefined): AuditHead[] {
  if (file === undefined || !existsSync(file)) return [];
  return [...readFileSync(file, "utf8").matchAll(HEAD)].map(([, seq, hash = ""]) => ({
    seq: Number(seq),
    hash,
  }));
}

function noteHead(file: string, head: AuditHead, known: readonly AuditHead[]): void {
  if (known.some(({ hash }) => hash === head.hash)) return;
  appendFileSync(file, `${new Date().toISOString()} ${head.seq}:${head.hash}\n`, { mode: 0o600 });
}

const PAGE = 1000;

/** export-audit: every entry as a line of JSON, with its hash, so that others can recompute the chain. */
export const exportAudit: Command = {
  usage: "export-audit [--after NUMBER] > audit.jsonl",
  async run(args, { db }: Installation) {
    const { values } = parseArgs({ args: [...args], options: { after: { type: "string" } } });
    let after = Number(values.after ?? 0);
    if (!Number.isSafeInteger(after)) throw new Error("--after must be the number of an entry");
    for (;;) {
      const entries = await readEntriesAfter(db, after, PAGE);
      for (const entry of entries) console.log(JSON.stringify(entry));
      if (entries.length < PAGE) return;
      after = entries.at(-1)?.seq ?? after;
    }
  },
};
