import { writeAudit } from "../../../sql/audit.ts";
import type { AuditHead } from "../../../sql/audit-chain.ts";
import { readHead, verifyChain } from "../../../sql/audit-chain.ts";
import type { TestDatabase } from "../../../testing/database.ts";
import { testDatabase } from "../../../testing/database.ts";
import { seeded } from "../../../testing/pages.ts";
import { tamperings, tamperingsFound } from "../../../testing/tampering.ts";
import type { FaultTest } from "../finding.ts";
import { figureOf } from "../finding.ts";

const WRITERS = 8;
const EACH = 100;
const entry = (index: number) => ({
  actor: `user-${index % 3}`,
  action: "participant.pause",
  entity: `P-${index}`,
  reason: `reason ${index}`,
  detail: { fields: ["email"], count: index },
});

/** T24: many write the audit at once, and some try to change it. */
export const auditUnderWriters: FaultTest<null> = {
  id: "T24",
  promise: "eight writers at once leave one whole chain; update, delete and truncate are refused",
  async run() {
    const database = await testDatabase();
    try {
      const write = async (writer: number) => {
        for (let index = 0; index < EACH; index += 1)
          await writeAudit(database.app, entry(writer * EACH + index));
      };
      await Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer)));
      let refused = 0;
      for (const db of [database.app, database.owner])
        for (const change of [
          "update audit.entry set reason = 'x' where seq = 7",
          "delete from audit.entry where seq = 7",
          "truncate audit.entry",
        ])
          await db.query(change).catch(() => {
            refused += 1;
          });
      const { entries, broken } = await verifyChain(database.app, []);
      return {
        passed: entries === WRITERS * EACH && broken.length === 0 && refused === 6,
        figure: figureOf({
          written: `${entries}/${WRITERS * EACH}`,
          broken: broken.length,
          changes_refused: `${refused}/6`,
        }),
      };
    } finally {
      await database.stop();
    }
  },
};

const ENTRIES = 40;
const SEEDS = 210;

/** T25: whoever owns the tables tampers behind the guards' back. */
export const auditTamperedWith: FaultTest<null> = {
  id: "T25",
  promise:
    "an owner who alters, removes, cuts off, swaps, forges, rewrites or renumbers entries is found out, always",
  async run() {
    const database = await testDatabase();
    try {
      const heads = await writeEntries(database);
      const found = await tamperAll(database, heads);
      return {
        passed: found === SEEDS,
        figure: figureOf({
          kinds: Object.keys(tamperings).length,
          tamperings: SEEDS,
          found,
          tampering_found: `${(100 * found) / SEEDS} %`,
        }),
      };
    } finally {
      await database.stop();
    }
  },
};

/** Writes the chain and answers its heads, noted half-way and at the end. */
async function writeEntries({ app }: TestDatabase): Promise<AuditHead[]> {
  const heads: AuditHead[] = [];
  for (let index = 1; index <= ENTRIES; index += 1) {
    await writeAudit(app, entry(index));
    const head = index % 20 === 0 ? await readHead(app) : null;
    if (head) heads.push(head);
  }
  return heads;
}

/** Tampers in every kind in turn; how often it was found out. */
async function tamperAll(database: TestDatabase, heads: readonly AuditHead[]): Promise<number> {
  const kinds = Object.values(tamperings);
  let found = 0;
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const tamper = kinds[seed % kinds.length];
    if (tamper === undefined) throw new Error("There is no such tampering");
    const attack = { tamper, random: seeded(seed), entries: ENTRIES, heads };
    if ((await tamperingsFound(database, attack)) > 0) found += 1;
  }
  return found;
}
