-- Decision: whatever opens a cell from outside a reading says when. A reading that began before cannot tell what has
-- changed since: what it settles counts, but the cell is still to be read, or the news would be lost with the next
-- finality. Compared with the beginning of a reading, never cleared.
alter table study.ledger_metric add column reopened_at timestamptz;
comment on column study.ledger_metric.reopened_at is 'When a notification, a move or a replay last asked for this day to be read again: a reading that began before does not count as one.';

-- A file has no more to come: what it says of a day or a night is final at once, and another file's word a revision.
comment on table study.daily_value_revision is 'What a day''s value was before it changed, where it had been final once or came by a file. A null new value means the source withdrew it.';
comment on table study.session_revision is 'What a session was, with its stages, before it changed or was withdrawn, where its day had been final once or it came by a file.';
