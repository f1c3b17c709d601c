alter table study.participant add column fetch_asked_at timestamptz;
comment on column study.participant.fetch_asked_at is 'When somebody last asked for this participant''s data now: the next run goes ahead of the others. Null where nobody ever has.';
