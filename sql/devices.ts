import type { Device } from "../sources/source.ts";
import { CLOCKS_APART } from "./ledger.ts";
import type { Queryable } from "./pool.ts";

/** How far back a device that nobody knew of may still hold minutes. */
const DEVICE_MEMORY = "14 days";

/**
 * Records what a reply about devices tells: what is paired, with battery and last sync. A device that is no longer listed,
 * or listed without a sync, keeps its history and has no last sync any more: it must not stand for what is measured from
 * now on. A device that has synced since may have brought readings of any day after its sync before, however long it was
 * not told: the proof of those days is taken back, also where another one had synced past them; by a scale or another
 * device that nobody wears not for the series that tell of wear.
 */
export async function storeDevices(
  db: Queryable,
  participantId: number,
  source: string,
  { devices, seenAt }: Readonly<{ devices: readonly Device[]; seenAt: Date }>,
): Promise<void> {
  await db.query(STORE_DEVICES, [
    participantId,
    source,
    devices.map((device) => device.providerDeviceId),
    devices.map((device) => device.kind),
    devices.map((device) => device.model),
    devices.map((device) => device.batteryPercent),
    devices.map((device) => device.batteryLabel),
    devices.map((device) => device.lastSyncAt),
    seenAt,
    DEVICE_MEMORY,
    CLOCKS_APART,
  ]);
}

const STORE_DEVICES = `
with known as (
  select d.provider_device_id,
    (select max(y.synced_at) from study.device_sync y where y.device_id = d.id) as last_sync_at
  from study.device d
  where d.participant_id = $1::int and d.source = $2::text
), untold as (
  update study.device set last_sync_at = null
  where participant_id = $1::int and source = $2::text and last_sync_at is not null
    and provider_device_id <> all ($3::text[])
), stored as (
  insert into study.device (participant_id, source, provider_device_id, kind, model, battery_percent,
    battery_label, battery_seen_at, last_sync_at, first_seen_at, last_seen_at)
  select $1::int, $2::text, new.id, new.kind, new.model, new.percent, new.label,
    case when new.percent is not null or new.label is not null then $9::timestamptz end,
    new.sync_at, $9::timestamptz, $9::timestamptz
  from unnest($3::text[], $4::text[], $5::text[], $6::int[], $7::text[], $8::timestamptz[])
    as new (id, kind, model, percent, label, sync_at)
  on conflict (participant_id, source, provider_device_id) do update set
    kind = excluded.kind,
    model = excluded.model,
    battery_percent = excluded.battery_percent,
    battery_label = excluded.battery_label,
    battery_seen_at = coalesce(excluded.battery_seen_at, device.battery_seen_at),
    last_sync_at = case when excluded.last_sync_at is not null
      then greatest(device.last_sync_at, excluded.last_sync_at) end,
    last_seen_at = excluded.last_seen_at
  returning provider_device_id, kind, last_sync_at
), news as (
  select stored.kind = 'tracker' as worn,
    min(coalesce(known.last_sync_at - $11::interval, stored.last_sync_at - $10::interval)) as since
  from stored left join known using (provider_device_id)
  where stored.last_sync_at > coalesce(known.last_sync_at, timestamptz '-infinity')
  group by 1
)
update study.ledger_metric m
set final_at = null, stable_since = null, read_sync_at = null
from news
join study.ledger l on l.participant_id = $1::int and l.ends_at > news.since
join study.series s on s.source = $2::text and (news.worn or not s.for_wear)
where m.participant_id = $1::int and m.day = l.day and m.series_id = s.id
  and (m.final_at is not null or m.stable_since is not null or m.read_sync_at is not null)`;
