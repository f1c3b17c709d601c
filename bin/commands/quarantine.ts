import { parseArgs } from "node:util";
import { replayKept } from "../../activities/replay-kept.ts";
import { createGoogleHealth } from "../../sources/google-health/google-health.ts";
import { writeAudit } from "../../sql/audit.ts";
import { listKept } from "../../sql/kept-readings.ts";
import type { Command, Installation } from "./installation.ts";

/** quarantine list|replay: what did not fit, and another try by today's rules. */
export const quarantine: Command = {
  usage: "quarantine list [--study SLUG] | replay [--study SLUG]",
  async run([verb = "", ...args], installation) {
    const { values } = parseArgs({ args, options: { study: { type: "string" } } });
    const study = values.study ?? null;
    if (verb === "list") await list(installation, study);
    else if (verb === "replay") await replay(installation, study);
    else throw new Error(`usage: npm run wearflow -- ${quarantine.usage}`);
  },
};

async function list({ db }: Installation, study: string | null): Promise<void> {
  const groups = await listKept(db, study);
  if (groups.length === 0) console.log("Nothing lies in quarantine.");
  for (const group of groups) {
    const what = [group.study ?? "of nobody", group.metric ?? "no series", group.reason].join(", ");
    const counts = `${group.kept} kept, ${group.replayed} of them replayed`;
    console.log(`${what}: ${counts}, last seen ${group.lastSeenAt.toISOString()}`);
  }
}

async function replay(installation: Installation, study: string | null): Promise<void> {
  const { db, actor } = installation;
  const clock = () => new Date();
  const source = createGoogleHealth({ baseUrl: installation.config.GOOGLE_HEALTH_URL, clock });
  await writeAudit(db, {
    actor,
    action: "quarantine.replay",
    entity: study ?? "every study",
    reason: "asked for by command",
  });
  const { stored, overtaken, refusedAgain } = await replayKept({ db, source, clock }, study);
  console.log(
    `${stored} readings stored, ${overtaken} overtaken by newer ones, ${refusedAgain} refused again`,
  );
  console.log(
    "Whole replies that did not fit need no replay: their days are open and are read again. Lines of files: run the import again.",
  );
}
