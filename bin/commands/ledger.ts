import { parseArgs } from "node:util";
import { judgeParticipant } from "../../activities/judge-participant.ts";
import { writeAudit } from "../../sql/audit.ts";
import { announceChange, listParticipants } from "../../sql/participants.ts";
import type { Command } from "./installation.ts";

/** Told of after so many participants: a year of a thousand takes a while. */
const TOLD_EVERY = 50;

/** ledger: judges every local day of every participant anew, from what is stored; the same again changes nothing. */
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
    const total = { days: 0, changedDays: 0, changedGaps: 0 };
    for (const [index, { id }] of people.entries()) {
      const { days, changed } = await judgeParticipant(db, id, { all: "command" }, new Date());
      total.days += days;
      total.changedDays += changed.days;
      total.changedGaps += changed.gaps;
      if ((index + 1) % TOLD_EVERY === 0) console.log(`${index + 1} of ${people.length}`);
    }
    await announceChange(db);
    console.log(
      `${people.length} participants, ${total.days} days judged: ${total.changedDays} days and ${total.changedGaps} gaps came out otherwise than before`,
    );
  },
};
