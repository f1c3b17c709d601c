-- Decision: the health check asks for the newest complete run on every page; it must not read all runs to find it.
create index ingest_run_complete on study.ingest_run (finished_at desc) where outcome = 'complete';
