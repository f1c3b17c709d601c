import type { TemplateName } from "../messages/template-names.ts";
import { templateWords } from "../messages/template-names.ts";
import type { CallDue, Candidate, Effect, Hold, RuleMode } from "../sql/message-rules.ts";
import { CALL_AFTER, mayBeWrittenTo } from "../sql/message-rules.ts";
import type { Study } from "../sql/studies.ts";
import { localMoment, relativeTime } from "./format.ts";
import { reasonInWords, templateTitle } from "./message-words.ts";
import type { Failed, FieldSpec, Form } from "./set-up-form.ts";
import { formView, unlessStale, WHY } from "./set-up-form.ts";

/** What rules write about; thanks are a person's. */
export const RULE_TEMPLATES = [
  "data_at_risk",
  "consent_needed",
  "inactive",
  "battery_low",
  "low_wear",
  "few_nights",
  "study_end",
] as const satisfies readonly TemplateName[];

type StudyRules = Readonly<{
  study: Study;
  rules: ReadonlyMap<string, RuleMode>;
  hold: Hold | null;
  effects: readonly Effect[];
  candidates: readonly Candidate[];
}>;

type Seen = Readonly<{ now: Date; failed: Failed | null }>;

/** Everything the page of the rules shows. */
export function rulesView(studies: readonly StudyRules[], calls: readonly CallDue[], seen: Seen) {
  return {
    rows: studies.map((each) => studyView(each, seen)),
    calls: calls.map((call) => callView(call, seen)),
    callAfter: CALL_AFTER,
  };
}

function studyView({ study, rules, hold, effects, candidates }: StudyRules, { now, failed }: Seen) {
  const { slug, name } = study;
  return {
    slug,
    name,
    held: hold === null ? "" : `${hold.reason} (${relativeTime(hold.heldAt, now)}, ${hold.heldBy})`,
    would: candidates.filter(mayBeWrittenTo).map(candidateView),
    leftOut: candidates.filter((each) => !mayBeWrittenTo(each)).map(candidateView),
    effects: effects.map(effectView),
    form: rulesForm(slug, rules, failed),
    holdForm: holdForm(slug, hold, failed),
  };
}

function candidateView({
  participant,
  template,
  mode,
  refusals,
  quietUntil,
  withoutEffect,
  timeZone,
}: Candidate) {
  const reasons = refusals.map(reasonInWords);
  if (withoutEffect >= CALL_AFTER)
    reasons.push(`the last ${withoutEffect} messages had no effect: call`);
  return {
    participant,
    href: `/participants/${participant}/write`,
    title: templateTitle(template),
    how: mode === "send" ? "the rule sends it" : "for you to send",
    when: quietUntil === null ? "now" : localMoment(quietUntil, timeZone),
    reasons: reasons.join("; "),
  };
}

function effectView({ template, sent, judged24h, followed24h, judged48h, followed48h }: Effect) {
  const share = (followed: number, judged: number) =>
    judged === 0 ? "not judged yet" : `${Math.round((100 * followed) / judged)} % of ${judged}`;
  return {
    title: templateTitle(template),
    sent,
    within24h: share(followed24h, judged24h),
    within48h: share(followed48h, judged48h),
  };
}

function callView({ participant, withoutEffect, lastSentAt }: CallDue, { now, failed }: Seen) {
  return {
    participant,
    href: `/participants/${participant}`,
    words: `${withoutEffect} messages without effect, the last ${relativeTime(lastSentAt, now)}`,
    form: formView(
      {
        id: `call-${participant}`,
        action: `/participants/${participant}/called`,
        submit: `Note the call to ${participant}`,
        fields: [{ ...WHY, label: "How it went" }],
      },
      failed,
    ),
  };
}

function rulesForm(
  slug: string,
  rules: ReadonlyMap<string, RuleMode>,
  failed: Failed | null,
): Form {
  const options = [
    { value: "off", label: "Does nothing" },
    { value: "propose", label: "Proposes it to you" },
    { value: "send", label: "Sends it by itself" },
  ];
  const fields = RULE_TEMPLATES.map(
    (name): FieldSpec => ({
      name,
      label: templateWords[name],
      type: "select",
      value: rules.get(name) ?? "propose",
      options,
    }),
  );
  return formView(
    {
      id: `rules-${slug}`,
      action: `/rules/${slug}`,
      submit: "Change the rules",
      fields: [...fields, WHY],
      hidden: { version: fields.map(({ value }) => value).join(" ") },
    },
    unlessStale(failed),
  );
}

function holdForm(slug: string, hold: Hold | null, failed: Failed | null): Form {
  return formView(
    {
      id: `hold-${slug}`,
      action: `/rules/${slug}/hold`,
      submit: hold === null ? "Hold all messages" : "Let messages go on",
      hidden: { wish: hold === null ? "hold" : "release" },
      fields: [WHY],
    },
    failed,
  );
}
