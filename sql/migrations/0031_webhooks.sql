-- Decision: a notification says only that something changed: it opens the cells it names, and the next reading finds
-- what is there. Sent again it has no effect; what was sent is kept as a hash for as long as a provider tries again.
-- Nothing is ever concluded from there being none.
create table study.webhook_notice (
  source text not null,
  sha256 bytea not null check (length(sha256) = 32),
  received_at timestamptz not null,
  primary key (source, sha256)
);
create index webhook_notice_received on study.webhook_notice (received_at);
comment on table study.webhook_notice is 'Notifications a source sent, by hash, so that one that is sent again does nothing; kept for eight days.';

alter table study.connection add column webhook_run_at timestamptz;
comment on column study.connection.webhook_run_at is 'When a notification last had the participant read; at most once in 15 minutes.';
create index connection_provider_user on study.connection (source, provider_user_id);
