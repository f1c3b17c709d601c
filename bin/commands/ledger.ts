import { parseArgs } from "node:util";
import { judgeParticipant } from "../../activities/judge-participant.ts";
import { writeAudit } from "../../sql/audit.ts";
import { settleMovedDays } from "../../sql/moved-days.ts";
import { announceChange, listParticipants } from "../../sql/participants.ts";
import type { Command } from "./installation.ts";

/** Told of after so many participants: a year of a thousand takes a while. */
const TOLD_EVERY = 50;
/** Judged side by side: while the database reads one, this process judges another. A year of one is some 20 MB. */
const AT_ONCE = 3;

/**
 * ledger: judges every local day of every participant anew, from what is stored, and counts those anew first whose bounds a
 * corrected zone has moved; the same again changes nothing.
 */
export const ledger: Command = {
  usage: "ledger [--study SLUG] [--participant ID]",
  async run(args, { db, actor }) {
    const { values } = parseArgs({
      args: [...args],
      options: { study: { type: "string" }, participant: { type: "string" } },
    });
    const { study, participant } = values;
    const people = (await listParticipants(db)).filter(
      (one) =>
        (study === undefined || one.study === study) &&
        (participant === undefined || one.shortId === participant),
    );
    if (people.length === 0) throw new Error("there is nobody like that");
    await writeAudit(db, {
      actor,
      action: "ledger.judge",
      entity: participant ?? study ?? "every study",
      reason: "asked for by command",
    });
    const total = { people: 0, days: 0, changedDays: 0, changedGaps: 0 };
    const waiting = people.values();
    const judgeNext = async () => {
      for (const { id } of waiting) {
        await settleMovedDays(db, id);
        const { days, changed } = await judgeParticipant(db, id, { all: "command" }, new Date());
        total.people += 1;
        total.days += days;
        total.changedDays += changed.days;
        total.changedGaps += changed.gaps;
        if (total.people % TOLD_EVERY === 0) console.log(`${total.people} of ${people.length}`);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, judgeNext));
    await announceChange(db);
    console.log(
      `${people.length} participants, ${total.days} days judged: ${total.changedDays} days and ${total.changedGaps} gaps came out otherwise than before`,
    );
  },
};
