/** What is so of one simulated person at the moment somebody would write to them. */
export type Facts = Readonly<{
  state: "invited" | "active" | "paused" | "withdrawn" | "completed";
  hasAddress: boolean;
  emailConsent: boolean;
  doNotContact: boolean;
  /** Hours since the device synced, since we fetched, since the connection is as it is. */
  syncHours: number;
  fetchHours: number;
  connectionHours: number;
  outcome: "complete" | "partial" | "not_authorised" | "skipped";
  connection: "active" | "scope_missing" | "reconsent_needed" | "not_linked" | "revoked";
  /** What the participant did not grant, where the connection says that something is missing. */
  missing: readonly string[];
  battery: number;
  /** Hours since each earlier message. */
  sentHours: readonly number[];
  /** An open fault of ours or of the provider's in the study. */
  studyFault: boolean;
}>;

/** Draws a person; most of what is drawn forbids nothing, so that many episodes come down to one reason. */
export function drawFacts(random: () => number, studyFault: boolean): Facts {
  const oneOf = <Value>(from: readonly Value[]): Value => {
    const chosen = from[Math.floor(random() * from.length)];
    if (chosen === undefined) throw new Error("There is nothing to choose from");
    return chosen;
  };
  const usually = <Value>(ordinary: Value, others: readonly Value[]) =>
    random() < 0.75 ? ordinary : oneOf(others);
  return {
    state: usually("active", ["invited", "paused", "withdrawn", "completed"]),
    hasAddress: usually(true, [false]),
    emailConsent: usually(true, [false]),
    doNotContact: usually(false, [true]),
    syncHours: oneOf([1, 30, 47, 50, 100, 130, 300]),
    fetchHours: usually(0.1, [20, 25, 27, 100]),
    connectionHours: oneOf([0.2, 0.9, 1.2, 50]),
    outcome: usually("complete", ["partial", "not_authorised", "skipped"]),
    connection: usually("active", ["scope_missing", "reconsent_needed", "not_linked", "revoked"]),
    missing: oneOf([[], ["sleep"], ["activity"], ["heart"], ["device"], ["sleep", "activity"]]),
    battery: oneOf([5, 14, 16, 80]),
    sentHours:
      random() < 0.6 ? [] : Array.from({ length: oneOf([1, 2, 3, 4, 5]) }, () => random() * 300),
    studyFault,
  };
}

const GOOD_DAY = 48;
const ADHERENCE = ["inactive", "data_at_risk", "battery_low", "low_wear", "few_nights"];
const LAPSED = ["reconsent_needed", "scope_missing"];
/** What a device keeps, in hours. */
const MEMORY = 168;

/** Every reason why a message from this template must not go, in the protocol's words. None: it may. */
export function forbiddenBy(facts: Facts, template: string): readonly string[] {
  const { state, sentHours } = facts;
  const within = (hours: number) => sentHours.filter((each) => each < hours).length;
  const rules: readonly (readonly [string, boolean])[] = [
    ["withdrawn or paused", state === "withdrawn" || state === "paused"],
    ["not yet taking part", state === "invited" && !template.startsWith("consent_")],
    ["over", state === "completed" && !["thanks", "study_end"].includes(template)],
    ["no address", !facts.hasAddress],
    ["no consent to e-mail", !facts.emailConsent],
    ["wants none", facts.doNotContact],
    ["our fault", restsOnOurFault(facts, template)],
    ["not so", !isSo(facts, template)],
    ["one in 24 h", within(24) >= 1],
    ["two in 4 days", within(96) >= 2],
    ["four in 10 days", within(240) >= 4],
  ];
  return rules.filter(([, holds]) => holds).map(([reason]) => reason);
}

/** Days that nobody could read say nothing about anybody. */
function restsOnOurFault(facts: Facts, template: string): boolean {
  if (template === "thanks" || template === "study_end") return false;
  return facts.studyFault || (ADHERENCE.includes(template) && isUnreadable(facts, template));
}

/** Whether what this template says could not be read, or nobody knows what could. */
function isUnreadable({ connection, missing }: Facts, template: string): boolean {
  if (connection !== "scope_missing") return connection !== "active";
  if (missing.length === 0 || missing.includes("device")) return true;
  if (template === "few_nights") return missing.includes("sleep");
  if (template === "battery_low") return false;
  return missing.includes("heart") || (template === "low_wear" && missing.includes("activity"));
}

function isSo(facts: Facts, template: string): boolean {
  const { syncHours, fetchHours, connection, connectionHours, battery, state } = facts;
  const looked =
    state === "active" && fetchHours <= 26 && ["complete", "partial"].includes(facts.outcome);
  const truths: Readonly<Record<string, boolean>> = {
    inactive: looked && syncHours - fetchHours > GOOD_DAY,
    data_at_risk: looked && syncHours > 120 && syncHours < MEMORY,
    battery_low: looked && battery <= 15,
    consent_needed: LAPSED.includes(connection) && connectionHours > 1,
    thanks: true,
    study_end: state === "completed",
    // Everybody here wears it on every day and no night is read.
    low_wear: false,
    few_nights: false,
  };
  return truths[template] ?? false;
}
