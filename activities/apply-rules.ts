import type { DraftDeps } from "../messages/draft-message.ts";
import { makeDraft } from "../messages/draft-message.ts";
import type { TemplateName } from "../messages/template-names.ts";
import { TEMPLATE_NAMES } from "../messages/template-names.ts";
import type { Candidate } from "../sql/message-rules.ts";
import { listCandidates, listToSend, mayBeWrittenTo, readHold } from "../sql/message-rules.ts";
import { queueMessage } from "../sql/messages.ts";
import { findParticipant } from "../sql/participants.ts";
import { Refusal } from "../sql/refusal.ts";
import { listStudies } from "../sql/studies.ts";

/** Counts of one run of the rules. */
export type RulesApplied = Readonly<{
  /** Queued; each can be taken back and is asked about again before it goes. */
  queued: number;
  /** True of somebody who may be written to, by a rule that only proposes. */
  proposed: number;
  /** Left out because they may not be written to, or because a person should call. */
  leftOut: number;
  /** Studies whose messages are held. */
  held: number;
}>;

type Deps = DraftDeps &
  Readonly<{
    startContact: (
      message: Readonly<{ id: string; participant: string; study: string }>,
    ) => Promise<void>;
  }>;

/** At most so many in a run and study: a rule that is wrong must not reach everybody before somebody looks. */
const MOST_A_RUN = 50;
/** At most so many are counted of those who are not sent anything. */
const LOOKED_AT = 500;

export async function applyRules(deps: Deps): Promise<RulesApplied> {
  const done = { queued: 0, proposed: 0, leftOut: 0, held: 0 };
  for (const study of await listStudies(deps.db)) {
    if ((await readHold(deps.db, study.slug)) !== null) {
      done.held += 1;
      continue;
    }
    const candidates = await listCandidates(deps.db, study, LOOKED_AT);
    const may = candidates.filter(mayBeWrittenTo);
    done.leftOut += candidates.length - may.length;
    done.proposed += may.filter(({ mode }) => mode === "propose").length;
    for (const candidate of await listToSend(deps.db, study, MOST_A_RUN))
      done.queued += await write(deps, candidate);
  }
  return done;
}

/** Queues one message and returns how many it was: none where somebody was quicker. */
async function write(
  deps: Deps,
  { participant, study, template: name }: Candidate,
): Promise<number> {
  const person = await findParticipant(deps.db, participant);
  const template: TemplateName | undefined = TEMPLATE_NAMES.find((each) => each === name);
  if (person === null || template === undefined) return 0;
  const by = "rule";
  try {
    const id = await makeDraft(deps, person, { template, paragraph: "" }, by);
    if (!(await queueMessage(deps.db, { id, participant }, { by, why: `rule ${name}` }))) return 0;
    await deps.startContact({ id, participant, study });
    return 1;
  } catch (error) {
    if (error instanceof Refusal) return 0;
    throw error;
  }
}
