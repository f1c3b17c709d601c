import type { Device } from "../sources/source.ts";
import type { Queryable } from "./pool.ts";

/** Records what is paired, with battery and last sync; a device no longer listed keeps its history. */
export async function storeDevices(
  db: Queryable,
  participantId: number,
  source: string,
  { devices, seenAt }: Readonly<{ devices: readonly Device[]; seenAt: Date }>,
): Promise<void> {
  if (devices.length === 0) return;
  await db.query(
    `insert into study.device (participant_id, source, provider_device_id, kind, model, battery_percent,
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
       last_sync_at = greatest(device.last_sync_at, excluded.last_sync_at),
       last_seen_at = excluded.last_seen_at`,
    [
      participantId,
      source,
      devices.map((device) => device.providerDeviceId),
      devices.map((device) => device.kind),
      devices.map((device) => device.model),
      devices.map((device) => device.batteryPercent),
      devices.map((device) => device.batteryLabel),
      devices.map((device) => device.lastSyncAt),
      seenAt,
    ],
  );
}
