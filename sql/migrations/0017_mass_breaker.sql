-- Decision: a fault of ours or of the provider's must never look like many participants' faults. Every change of a
-- connection that a source's refusal asks for goes through study.refuse_connection, which knows the others of the last
-- hour: past the limit none of them is made, those of the hour are taken back, and a pipeline fault is open until ops
-- end it. A function, so that counting and changing see the same rows, one at a time per study.
create table study.pipeline_fault (
  id int generated always as identity primary key,
  study_id int not null references study.study on delete cascade,
  began_at timestamptz not null,
  reason text not null,
  ended_at timestamptz,
  ended_by text,
  check (ended_at >= began_at),
  check ((ended_at is null) = (ended_by is null))
);
create unique index pipeline_fault_open on study.pipeline_fault (study_id) where ended_at is null;
comment on table study.pipeline_fault is 'A stretch in which what sources said of a study''s connections was not believed, because too many said it at once.';
comment on column study.pipeline_fault.ended_by is 'Who of ops ended it; null while it is open.';

create table study.connection_event (
  id bigint generated always as identity primary key,
  connection_id int not null references study.connection on delete cascade,
  at timestamptz not null,
  from_status text not null,
  from_reason text not null,
  from_since timestamptz not null,
  to_status text not null,
  reason text not null,
  held boolean not null
);
create index connection_event_at on study.connection_event (at);
comment on table study.connection_event is 'One row an episode: a source refused a connection that was in another state before.';
comment on column study.connection_event.held is 'The change was not made, or was taken back, because too many came at once.';

grant select, insert, update, delete on study.pipeline_fault, study.connection_event to wearflow_app;

create function study.refuse_connection(
  refused_participant int, refused_source text, new_status text, new_reason text, found_from timestamptz,
  refused_at timestamptz, limit_count int, limit_share float8
) returns text language plpgsql as $$
declare
  c record;
  fault record;
  others int;
  everybody int;
begin
  select k.*, p.study_id into c
  from study.connection k join study.participant p on p.id = k.participant_id
  where k.participant_id = refused_participant and k.source = refused_source;
  if not found then return 'unchanged'; end if;
  perform pg_advisory_xact_lock(7204017, c.study_id);
  select k.*, p.study_id into c
  from study.connection k join study.participant p on p.id = k.participant_id
  where k.participant_id = refused_participant and k.source = refused_source
    and k.status <> 'revoked' and k.status_since <= found_from;
  if not found then return 'unchanged'; end if;
  if c.status = new_status then
    update study.connection set status_reason = new_reason, status_checked_at = refused_at where id = c.id;
    return 'unchanged';
  end if;

  select f.id into fault from study.pipeline_fault f where f.study_id = c.study_id and f.ended_at is null;
  if not found then
    select count(distinct e.connection_id) into others
    from study.connection_event e
    join study.connection k on k.id = e.connection_id
    join study.participant p on p.id = k.participant_id
    where p.study_id = c.study_id and e.connection_id <> c.id and not e.held
      and e.at > refused_at - interval '1 hour' and e.at <= refused_at
      and e.at > coalesce((select max(f.ended_at) from study.pipeline_fault f where f.study_id = c.study_id), '-infinity');
    select count(*) into everybody
    from study.connection k join study.participant p on p.id = k.participant_id
    where p.study_id = c.study_id and p.state = 'active';
    if others + 1 > limit_count and others + 1 > everybody * limit_share then
      insert into study.pipeline_fault (study_id, began_at, reason)
      values (c.study_id, refused_at, format('%s of %s connections refused within an hour', others + 1, everybody))
      returning id into fault;
      with taken_back as (
        update study.connection_event e set held = true
        from study.connection k
        join study.participant p on p.id = k.participant_id
        where k.id = e.connection_id and p.study_id = c.study_id and not e.held
          and e.at > refused_at - interval '1 hour'
        returning e.id, e.connection_id, e.from_status, e.from_reason, e.from_since, e.to_status
      ), before as (
        select distinct on (connection_id) * from taken_back order by connection_id, id
      )
      update study.connection k set
        status = b.from_status, status_reason = b.from_reason, status_since = b.from_since
      from before b
      where k.id = b.connection_id and k.status in (select t.to_status from taken_back t where t.connection_id = k.id);
    end if;
  end if;

  insert into study.connection_event (connection_id, at, from_status, from_reason, from_since, to_status, reason, held)
  select c.id, refused_at, c.status, c.status_reason, c.status_since, new_status, new_reason, fault.id is not null
  where fault.id is null or not exists (
    -- While a fault is open each refusal is one episode, however often it is met.
    select from study.connection_event e
    join study.pipeline_fault f on f.id = fault.id
    where e.connection_id = c.id and e.held and e.to_status = new_status and e.at >= f.began_at - interval '1 hour');
  if fault.id is not null then return 'held'; end if;
  update study.connection set
    status = new_status, status_reason = new_reason, status_since = refused_at, status_checked_at = refused_at
  where id = c.id;
  return 'changed';
end
$$;
comment on function study.refuse_connection is 'Changes a connection''s state after a source''s refusal, unless too many of the study come within an hour: answers changed, unchanged or held.';
