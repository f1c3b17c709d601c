import type { MiddlewareHandler } from "hono";
import { Hono } from "hono";
import type { Deletions } from "./deletions.ts";
import { createDeletions } from "./deletions.ts";
import { meetFaults } from "./faults/middleware.ts";
import type { FaultSwitch, Switchboard } from "./faults/switchboard.ts";
import { createSwitchboard } from "./faults/switchboard.ts";
import { GoogleError, internalError } from "./google-error.ts";
import { addAccountRoutes } from "./health/account.ts";
import { addDataPointRoutes } from "./health/data-points.ts";
import type { Interval } from "./intervals.ts";
import type { MetricsTruth } from "./metrics-truth.ts";
import { tellMetrics } from "./metrics-truth.ts";
import { limitRequests, requireBearer } from "./oauth/bearer.ts";
import type { ConsentChoice } from "./oauth/consent-route.ts";
import { addConsentRoute } from "./oauth/consent-route.ts";
import type { Grants } from "./oauth/grants.ts";
import { createGrants } from "./oauth/grants.ts";
import { addTokenRoutes } from "./oauth/token-route.ts";
import { createTokens } from "./oauth/tokens.ts";
import type { Participant } from "./participant.ts";
import { createPersonas } from "./personas/create-personas.ts";
import { createStories } from "./personas/create-stories.ts";
import { createRandom, mixText } from "./random.ts";
import { createReplay } from "./replay/create-replay.ts";
import type { ReplayReport } from "./replay/report.ts";
import type { RequestLog } from "./request-log.ts";
import { createRequestLog } from "./request-log.ts";
import type { RosterEntry } from "./roster.ts";
import { createRoster } from "./roster.ts";
import { addSideChannels } from "./side-channels.ts";
import { DAY, formatDay } from "./time.ts";
import type { Truth } from "./truth.ts";
import { tellTruth } from "./truth.ts";
import type { WebhookKeys } from "./webhooks/keys.ts";
import { createWebhookKeys } from "./webhooks/keys.ts";
import type { Notifier } from "./webhooks/notifier.ts";
import { createNotifier } from "./webhooks/notifier.ts";
import { addWebhookChannels } from "./webhooks/side-channel.ts";
import type { Subscriber } from "./webhooks/subscribers.ts";
import { addSubscriberRoutes, subscribeDemo } from "./webhooks/subscribers.ts";
import type { RequestVariables, World } from "./world.ts";

/** How to set up a simulator. Same seed, epoch and clock: same bytes. */
export type SimulatorOptions = Readonly<{
  /** 0 … 2³²−1. */
  seed: number;
  /** How many personas; default 24, or none where a recording is replayed. */
  participants?: number;
  /** People to whom something happens, by the names of personas/stories.ts, after the personas; "all" is all of them. */
  stories?: readonly string[];
  /** A folder with heartrate_seconds*.csv or .csv.gz of Fitabase. */
  replayFolder?: string;
  /** Weeks by which a recording is moved; default: so that it ends within the last 7 days. */
  shiftWeeks?: number;
  clock?: () => Date;
  /** YYYY-MM-DD from which enrolment and stories are counted; default: 30 days before the clock's day. */
  epoch?: string;
  faults?: readonly FaultSwitch[];
  /** Google's quota per participant; default 300. */
  requestsPerMinute?: number;
  /** Refresh tokens are exchanged at each use, as by providers other than Google; default no. */
  singleUseRefreshTokens?: boolean;
  /** The most data points in a page, whatever is asked for; default 5000. */
  pageCap?: number;
}>;

/** A Google Health server whose truth is known. */
export type Simulator = Readonly<{
  app: Hono<RequestVariables>;
  seed: number;
  epoch: string;
  roster: readonly RosterEntry[];
  truth: (participant: string, from: Date, to: Date) => Truth;
  /** The same of all metrics that `truth` does not tell. */
  metrics: (participant: string, from: Date, to: Date) => MetricsTruth;
  deletions: Deletions;
  /** The participant takes back, at the provider and now, whatever they had granted. */
  revoke: (participant: string) => void;
  faults: Switchboard;
  requests: RequestLog;
  /** Whom it notifies, with what keys and of what. */
  notifier: Notifier;
  /** Has this address notified from now on; false where it does not answer as it must. */
  subscribe: (endpointUri: string) => Promise<boolean>;
  webhookKeys: WebhookKeys;
  replayReport: ReplayReport | null;
}>;

/** Makes the people and the server; reads a recording where one is named, and fails where it holds none. */
export async function createSimulator(options: SimulatorOptions): Promise<Simulator> {
  const { seed, clock = () => new Date() } = options;
  const now = clock().getTime();
  const epoch = options.epoch ?? formatDay(Math.floor(now / DAY) - 30);
  const replay =
    options.replayFolder === undefined
      ? null
      : await createReplay(options.replayFolder, now, options.shiftWeeks);
  const deletions = createDeletions();
  const people = createPeople(options, epoch, replay?.participants).map(deletions.of);
  const tokens = createTokens(seed);
  const participants = new Map(people.map((person) => [person.id, person]));
  const world: World = { seed, clock, participants, tokens, ...rulesOf(options) };
  const webhooks = createWebhooks(world);
  const backstage = {
    world,
    webhooks,
    grants: createGrants(),
    deletions,
    roster: createRoster(people, tokens),
    switchboard: createSwitchboard(seed, options.faults),
    log: createRequestLog(),
    replayReport: replay?.report ?? null,
  };
  const ask = askAbout(participants, clock);
  return {
    app: createApp(backstage),
    seed,
    epoch,
    roster: backstage.roster,
    truth: (id, from, to) => ask(tellTruth, id, from, to),
    metrics: (id, from, to) => ask(tellMetrics, id, from, to),
    deletions,
    revoke: (id) => {
      const { id: participant } = requireParticipant(participants, id);
      backstage.grants.revokeAll(participant, clock().getTime());
    },
    faults: backstage.switchboard,
    requests: backstage.log,
    notifier: webhooks.notifier,
    subscribe: (endpointUri) => subscribeDemo(webhooks.subscribers, endpointUri),
    webhookKeys: webhooks.keys,
    replayReport: backstage.replayReport,
  };
}

const rulesOf = ({
  requestsPerMinute = 300,
  pageCap = 5000,
  singleUseRefreshTokens = false,
}: SimulatorOptions) => ({ requestsPerMinute, pageCap, singleUseRefreshTokens });

type Tell<Told> = (participant: Participant, range: Interval, now: number) => Told;

/** What is told of somebody, of a stretch of time, by now. */
function askAbout(participants: ReadonlyMap<string, Participant>, clock: () => Date) {
  return <Told>(tell: Tell<Told>, id: string, from: Date, to: Date): Told =>
    tell(
      requireParticipant(participants, id),
      { from: from.getTime(), to: to.getTime() },
      clock().getTime(),
    );
}

/** Personas, then stories, then the recorded. */
function createPeople(
  { seed, participants, stories = [] }: SimulatorOptions,
  epoch: string,
  recorded: readonly Participant[] | undefined,
): readonly Participant[] {
  const taken = new Set<string>();
  const count = participants ?? (recorded === undefined ? 24 : 0);
  return [
    ...createPersonas(seed, epoch, count, taken),
    ...createStories(seed, epoch, stories, taken),
    ...(recorded ?? []),
  ];
}

type Backstage = Parameters<typeof addSideChannels>[1] &
  Readonly<{ webhooks: ReturnType<typeof createWebhooks> }>;

function createWebhooks(world: World) {
  const keys = createWebhookKeys();
  const subscribers = new Map<string, Subscriber>();
  const notifier = createNotifier({
    world,
    keys,
    subscribers,
    random: createRandom(mixText(world.seed, "webhooks")),
  });
  return { keys, subscribers, notifier };
}

function createApp(backstage: Backstage): Hono<RequestVariables> {
  const { world, grants, switchboard, log, webhooks } = backstage;
  const app = new Hono<RequestVariables>();
  app.onError((error, c) => {
    const refusal = error instanceof GoogleError ? error : internalError();
    return c.json(refusal.body(), refusal.code);
  });
  app.notFound((c) => c.html("<!DOCTYPE html><title>Error 404 (Not Found)!!1</title>", 404));
  addSideChannels(app, backstage);
  addWebhookChannels(app, webhooks.keys, webhooks.notifier);
  app.use(log.middleware(world));
  app.use(meetFaults(world, switchboard, log));
  app.use(takeConsentBack(world, grants));
  addConsentRoute(app, world, (participant) => consentChoice(world, switchboard, participant));
  addTokenRoutes(app, world, grants);
  addSubscriberRoutes(app, webhooks.subscribers);
  app.use("/v4/*", requireBearer(world, grants), limitRequests(world));
  addAccountRoutes(app, world);
  addDataPointRoutes(app, world);
  return app;
}

/** Whose story it is to take consent back has done so once the time has come. */
function takeConsentBack(
  { participants, clock }: World,
  grants: Grants,
): MiddlewareHandler<RequestVariables> {
  const takers = [...participants.values()].flatMap(({ id, takesConsentBackAt: at }) =>
    at === null ? [] : [{ id, at }],
  );
  return async (_, next) => {
    const now = clock().getTime();
    for (const { id, at } of takers) if (at <= now) grants.revokeAll(id, at);
    await next();
  };
}

function consentChoice(
  { participants }: World,
  switchboard: Switchboard,
  participant: string,
): ConsentChoice {
  const target = { participant, path: "/o/oauth2/v2/auth" };
  const one = switchboard.take(target, (kind) => kind === "accessDenied" || kind === "scopeSubset");
  if (one === null) return { scopes: participants.get(participant)?.grantedScopes ?? [] };
  return one.kind === "accessDenied" ? { deny: true } : { scopes: one.scopes ?? [] };
}

function requireParticipant(
  participants: ReadonlyMap<string, Participant>,
  id: string,
): Participant {
  const participant = participants.get(id);
  if (participant === undefined) throw new Error(`There is no participant ${id}.`);
  return participant;
}
