-- Decision: three roles, so that what a page or a dashboard can reach is settled by grants and not by code.
--   the owner (whoever migrates)  owns every table, refreshes and compresses
--   wearflow_app                  worker and api: rows, never structure
--   grafana_reader                dashboards: the schema reporting and nothing else
-- Roles carry no login here: the embedded database's multiplexer, or the server's administrator, gives it.
do $$
begin
  if not exists (select from pg_roles where rolname = 'wearflow_app') then
    create role wearflow_app nologin;
  end if;
  if not exists (select from pg_roles where rolname = 'grafana_reader') then
    create role grafana_reader nologin;
  end if;
end
$$;

create schema study;
comment on schema study is 'Studies, participants, what was measured and what is known about each day. No names, no addresses.';

create schema reporting;
comment on schema reporting is 'The researchers'' and dashboards'' contract: views with stable names. The only schema grafana_reader sees.';

grant usage on schema study to wearflow_app;
grant usage on schema reporting to wearflow_app, grafana_reader;

alter default privileges in schema study grant select, insert, update, delete on tables to wearflow_app;
alter default privileges in schema study grant usage, select on sequences to wearflow_app;
alter default privileges in schema reporting grant select on tables to wearflow_app, grafana_reader;
