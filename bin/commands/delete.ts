import { parseArgs } from "node:util";
import { writeAudit } from "../../sql/audit.ts";
import { deleteEmptyStudy, deleteParticipant } from "../../sql/deletion.ts";
import { findParticipant, listParticipants } from "../../sql/participants.ts";
import { listStudies } from "../../sql/studies.ts";
import { endRuns } from "../../worker/withdrawals.ts";
import type { Command, Installation } from "./installation.ts";

/** Removes one participant, or a study with everybody in it. What was done stays in the audit; the data does not. */
export const deleteCommand: Command = {
  usage: "delete participant ID | study SLUG  --why TEXT --yes",
  async run(args, installation) {
    const { positionals, values } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { why: { type: "string" }, yes: { type: "boolean", default: false } },
    });
    const [what, name] = positionals;
    const why = values.why?.trim() ?? "";
    if (name === undefined || why === "") throw new Error(`usage: ${deleteCommand.usage}`);
    if (!values.yes) throw new Error(`This cannot be undone. Add --yes to delete ${what} ${name}`);
    if (what === "participant") await removeParticipant(installation, name, why);
    else if (what === "study") await removeStudy(installation, name, why);
    else throw new Error(`usage: ${deleteCommand.usage}`);
  },
};

async function removeParticipant(installation: Installation, shortId: string, why: string) {
  const person = await findParticipant(installation.db, shortId);
  if (person === null) throw new Error(`There is no participant ${shortId}`);
  // Before the data goes: the act is on record even if it breaks off half-way.
  await writeAudit(installation.db, {
    actor: installation.actor,
    action: "participant.delete",
    entity: shortId,
    reason: why,
  });
  // No run may start or go on for somebody who is being removed.
  await endRuns(await installation.temporal(), { study: person.study, participant: shortId });
  const samples = await deleteParticipant(installation.owner, person.id);
  console.log(`${shortId}: ${samples} samples and everything else removed`);
}

async function removeStudy(installation: Installation, slug: string, why: string) {
  const study = (await listStudies(installation.db)).find((one) => one.slug === slug);
  if (study === undefined) throw new Error(`There is no study ${slug}`);
  const everybody = await listParticipants(installation.db);
  for (const { study: of, shortId } of everybody) {
    if (of === slug) await removeParticipant(installation, shortId, why);
  }
  await writeAudit(installation.db, {
    actor: installation.actor,
    action: "study.delete",
    entity: slug,
    reason: why,
  });
  await deleteEmptyStudy(installation.owner, study.id);
  console.log(`study ${slug} removed`);
}
