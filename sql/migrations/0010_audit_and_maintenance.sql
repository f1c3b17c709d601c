-- Decision: the audit is a chain. Each row's hash covers the one before it, numbers have no holes, and nobody may
-- change or remove a row; an owner who does anyway is found by the chain. It holds field names and hashes, never
-- values. The time goes in as microseconds since 1970, because its text depends on a setting.
create schema audit;
comment on schema audit is 'Who did what to whom, when and why; append-only.';
grant usage on schema audit to wearflow_app;

create table audit.entry (
  seq bigint primary key,
  at timestamptz not null,
  actor text not null check (length(actor) between 1 and 200),
  action text not null check (action ~ '^[a-z_]+(\.[a-z_]+)*$'),
  entity text not null,
  reason text not null,
  detail jsonb not null,
  hash bytea not null
);
comment on table audit.entry is 'One row a request that changed something or read contact data. Append-only, hash-chained.';
grant select, insert on audit.entry to wearflow_app;

create function audit.chain() returns trigger language plpgsql as $$
declare
  before record;
begin
  perform pg_advisory_xact_lock(7204012);
  select e.seq, e.hash into before from audit.entry e order by e.seq desc limit 1;
  new.seq := coalesce(before.seq, 0) + 1;
  new.at := clock_timestamp();
  new.hash := sha256(convert_to(jsonb_build_array(
    encode(coalesce(before.hash, ''), 'hex'), new.seq, (extract(epoch from new.at) * 1000000)::bigint,
    new.actor, new.action, new.entity, new.reason, new.detail)::text, 'UTF8'));
  return new;
end
$$;
create trigger chain before insert on audit.entry for each row execute function audit.chain();

create function audit.refuse() returns trigger language plpgsql as $$
begin
  raise exception 'the audit is append-only';
end
$$;
create trigger refuse before update or delete or truncate on audit.entry
  for each statement execute function audit.refuse();

create table study.maintenance_run (
  task text primary key,
  last_good_at timestamptz,
  last_failed_at timestamptz,
  last_failure text,
  detail jsonb not null default '{}'
);
comment on table study.maintenance_run is 'When each maintenance task last went well and last failed, so that the health check can tell without Temporal.';
