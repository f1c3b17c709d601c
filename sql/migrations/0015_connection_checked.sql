-- Decision: when the provider last confirmed a connection's state is kept apart from since when it has been in it, so
-- that an account that was not linked can be asked again once a day, and pages can still say since when.
alter table study.connection add column status_checked_at timestamptz;
comment on column study.connection.status_checked_at is 'When the provider last confirmed this state; null where it was set by consent.';
