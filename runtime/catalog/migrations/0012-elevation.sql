-- A second factor that the provider asked for, and roles that somebody has for a while.

alter table sessions add column strong_until timestamptz;

create table elevations (
  id text primary key,
  ordinal integer generated always as identity,
  digest text not null,
  person text not null,
  role text not null,
  datasets text, -- JSON; null is every one
  reason text not null,
  minutes integer not null,
  state text not null default 'asked' check (state in ('asked', 'granted', 'refused', 'ended')),
  decided_by text,
  asked_at timestamptz not null,
  expires_at timestamptz,
  check (state <> 'granted' or (decided_by is not null and decided_by <> person and expires_at is not null))
);
create index elevations_by_person on elevations (person);
