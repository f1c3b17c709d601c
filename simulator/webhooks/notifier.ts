import { randomUUID } from "node:crypto";
import type { Participant } from "../participant.ts";
import { formatInstant, MINUTE } from "../time.ts";
import type { World } from "../world.ts";
import type { WebhookKeys } from "./keys.ts";
import type { Subscriber } from "./subscribers.ts";
import { SYNCED_TYPES } from "./subscribers.ts";

/** What is notified of: that something of this person's changed in a stretch of time. */
export type Happening = Readonly<{
  participant: string;
  dataType: string;
  from: number;
  to: number;
  operation?: "UPSERT" | "DELETE";
}>;

/** How somebody else than Google would send it: another secret, another signature, or bytes changed on the way. */
export type Forgery = "secret" | "signature" | "body";

export type Notifier = Readonly<{
  /** Sends one push and answers the status of each subscriber; one that is not 204 is sent again at the next tick. */
  push: (
    happenings: readonly Happening[],
    options?: Readonly<{ asObject?: boolean; forged?: Forgery }>,
  ) => Promise<readonly number[]>;
  /** Notifies of every sync since the tick before, and sends again what was not taken. */
  tick: () => Promise<void>;
  /** From now on this share of pushes goes missing, 0 … 1. */
  lose: (share: number) => void;
}>;

type Backstage = Readonly<{
  world: World;
  keys: WebhookKeys;
  subscribers: ReadonlyMap<string, Subscriber>;
  random: () => number;
}>;

type Push = Readonly<{ subscriber: Subscriber; body: Buffer; forged: Forgery | null }>;

export function createNotifier({ world, keys, subscribers, random }: Backstage): Notifier {
  const waiting: Push[] = [];
  const syncedAt = new Map<string, number>();
  let lost = 0;

  const deliver = async (push: Push): Promise<number> => {
    const status = await send(push, keys);
    if (status !== 204 && push.forged === null) waiting.push(push);
    return status;
  };
  const push: Notifier["push"] = async (happenings, { asObject = false, forged } = {}) => {
    const statuses: number[] = [];
    for (const subscriber of subscribers.values()) {
      const data = happenings
        .filter(({ dataType }) => subscriber.dataTypes.includes(dataType))
        .map((one) => ({ data: notificationOf(world, one) }));
      if (data.length === 0 || random() < lost) continue;
      const body = Buffer.from(JSON.stringify(asObject ? data[0] : data));
      statuses.push(await deliver({ subscriber, body, forged: forged ?? null }));
    }
    return statuses;
  };
  return {
    push,
    lose: (share) => {
      lost = share;
    },
    async tick() {
      for (const again of waiting.splice(0)) await deliver(again);
      const now = world.clock().getTime();
      for (const person of world.participants.values()) {
        const synced = lastSync(person, now);
        const before = syncedAt.get(person.id);
        syncedAt.set(person.id, synced);
        if (before === undefined || synced <= before) continue;
        const of = { participant: person.id, from: before, to: synced };
        await push(SYNCED_TYPES.map((dataType) => ({ ...of, dataType })));
      }
    },
  };
}

const lastSync = (person: Participant, now: number) =>
  Math.max(0, ...person.devices(now).map(({ lastSyncAt }) => lastSyncAt ?? 0));

function notificationOf({ participants }: World, happening: Happening): object {
  const { participant, dataType, from, to, operation = "UPSERT" } = happening;
  const floor = (at: number) => Math.floor(at / MINUTE) * MINUTE;
  return {
    version: "1",
    clientProvidedSubscriptionName: randomUUID(),
    healthUserId: participants.get(participant)?.healthUserId ?? participant,
    operation,
    dataType,
    intervals: [
      {
        physicalTimeInterval: {
          startTime: formatInstant(floor(from)),
          endTime: formatInstant(floor(to)),
        },
      },
    ],
  };
}

async function send({ subscriber, body, forged }: Push, keys: WebhookKeys): Promise<number> {
  const signed = forged === "signature" ? Buffer.concat([body, body]) : body;
  const sent = forged === "body" ? Buffer.from(body.toString().replace("UPSERT", "DELETE")) : body;
  const reply = await fetch(subscriber.endpointUri, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      authorization: forged === "secret" ? "Bearer somebody else's" : subscriber.secret,
      "google-health-api-signature": keys.sign(signed),
    },
    body: new Uint8Array(sent),
  }).catch(() => null);
  return reply?.status ?? 0;
}
