-- Decision: what was done to one person is read often, on their page; the whole audit seldom.
create index entry_entity on audit.entry (entity, seq);
