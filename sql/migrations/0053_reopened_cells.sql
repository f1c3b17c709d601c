-- Decision: whatever opens a cell from outside a reading says when. A reading that began before cannot tell what has
-- changed since: what it settles counts, but the cell is still to be read, or the news would be lost with the next
-- finality. Compared with the beginning of a reading, never cleared.
alter table study.ledger_metric add column reopened_at timestamptz;
comment on column study.ledger_metric.reopened_at is 'When a notification, a move or a replay last asked for this day to be read again: a reading that began before does not count as one.';
