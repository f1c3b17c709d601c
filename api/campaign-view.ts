import type { CampaignPerson } from "../sql/campaign-funnel.ts";
import type { CampaignCause, ToAsk } from "../sql/campaign-turns.ts";
import type { Campaign } from "../sql/consent-campaigns.ts";
import { ITSELF } from "../sql/consent-campaigns.ts";
import { ASKED_STAGES, DONE_STAGE, decidedStage } from "./consent-stages.ts";
import { reasonInWords, reasonsInWords, statusChip } from "./message-words.ts";
import type { Failed } from "./set-up-form.ts";
import { formView, WHY } from "./set-up-form.ts";
import { utcMinute } from "./set-up-view.ts";
import type { Chip } from "./words.ts";

const causeWords: Readonly<Record<CampaignCause, string>> = {
  never: "never consented",
  imported: "comes from the old Fitbit API: data from exports, no grant here",
  lapsed: "the grant has lapsed",
  partly: "a permission is missing",
};

/** The steps of a campaign, from who could not be written to, to who is done. */
const stages = {
  left_out: { tone: "bad", words: "Not written to" },
  waiting: { tone: "warn", words: "Message waits" },
  ...ASKED_STAGES,
  gone: { tone: "quiet", words: "Left the study" },
  done: DONE_STAGE,
} as const satisfies Record<string, Chip>;

type Stage = keyof typeof stages;

/** How far somebody has come: a decision counts before a look, a look before an invitation. */
function campaignStage(person: CampaignPerson): Stage {
  const { state, decided, whole, opened, went, messageStatus } = person;
  if (whole) return "done";
  if (state === "withdrawn" || state === "completed") return "gone";
  if (decided !== null) return decidedStage[decided];
  if (opened) return "opened";
  if (went > 0) return "invited";
  return messageStatus === "queued" ? "waiting" : "left_out";
}

/** A campaign and how far everybody in it has come. */
export function campaignView(
  campaign: Campaign,
  people: readonly CampaignPerson[],
  failed: Failed | null,
) {
  const { study, campaign: number, startedAt, startedBy, reason, endedAt, endedBy } = campaign;
  const staged = people.map((person) => ({ person, stage: campaignStage(person) }));
  return {
    number,
    started: `${utcMinute(startedAt)} by ${startedBy}: ${reason}`,
    isOpen: endedAt === null,
    ended: endedAt === null ? "" : `${utcMinute(endedAt)}${endedWords(endedBy)}`,
    counts: (Object.keys(stages) as Stage[]).map((stage) => ({
      ...stages[stage],
      count: staged.filter((each) => each.stage === stage).length,
    })),
    reminded: people.filter(({ went }) => went > 1).length,
    oldGone: people.filter(({ oldGrantGone }) => oldGrantGone).length,
    people: staged.map(({ person, stage }) => personView(person, stage)),
    stopForm: endedAt === null ? formView(stopForm(study, number), failed) : null,
  };
}

const endedWords = (by: string | null) =>
  by === ITSELF ? ": everybody had decided, or thirty days were over" : `, stopped by ${by}`;

function personView(person: CampaignPerson, stage: Stage) {
  const { participant, cause, went, message, messageStatus, stayedHere } = person;
  return {
    participant,
    stage: stages[stage],
    message:
      message === null || messageStatus === null
        ? null
        : {
            href: `/messages/${message}`,
            chip: statusChip({
              status: messageStatus,
              mailer: stayedHere ? "outbox" : null,
            }),
          },
    detail: [
      causeWords[cause],
      person.invitedAt === null ? "" : `invited ${utcMinute(person.invitedAt)}`,
      went > 1 ? "reminded" : "",
      stage === "left_out" ? whyLeftOut(person) : "",
      person.oldGrantGone ? "the grant before is gone" : "",
    ]
      .filter((each) => each !== "")
      .join(" · "),
  };
}

function whyLeftOut({ refusals, messageReason }: CampaignPerson): string {
  const why = reasonsInWords(refusals) || reasonsInWords(messageReason ?? "");
  return why === "" ? "not looked at yet" : why;
}

/** Whom a campaign that began now would ask, and who of them could not be written to and why. */
export function reviewView(
  study: string,
  people: readonly ToAsk[],
  { most, failed }: Readonly<{ most: number; failed: Failed | null }>,
) {
  const may = people.filter(({ refusals }) => refusals.length === 0);
  const isAll = people.length < most;
  return {
    /** Where there are more than are looked at here, the count is of the first. */
    looked: isAll ? "" : `of the first ${most}; a campaign asks everybody`,
    may: may.map(({ participant, cause }) => ({ participant, detail: causeWords[cause] })),
    mayNot: people
      .filter(({ refusals }) => refusals.length > 0)
      .map(({ participant, cause, refusals }) => ({
        participant,
        detail: `${causeWords[cause]}; ${refusals.map(reasonInWords).join("; ")}`,
      })),
    startForm:
      people.length === 0 ? null : formView(startForm(study, isAll ? may.length : null), failed),
  };
}

const startForm = (study: string, count: number | null) => ({
  id: "start",
  action: `/consents/campaigns/${study}`,
  submit:
    count === null
      ? "Begin the campaign"
      : `Begin the campaign: ${count} ${count === 1 ? "is" : "are"} written to now`,
  refused: "No campaign was begun.",
  fields: [WHY],
});

const stopForm = (study: string, number: number) => ({
  id: "stop",
  action: `/consents/campaigns/${study}/stop`,
  submit: `Stop campaign ${number}`,
  hidden: { campaign: String(number) },
  fields: [WHY],
});
