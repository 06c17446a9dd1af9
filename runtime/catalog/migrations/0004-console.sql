-- What people do in the console: who is signed in, what they write about records, decisions over queries, work on keys.

create table sessions (
  id text primary key,
  secret text not null unique, -- SHA-256 of the cookie
  person text not null,
  via text not null,
  grants text not null, -- JSON
  address text not null,
  agent text not null,
  started_at timestamptz not null,
  seen_at timestamptz not null,
  expires_at timestamptz not null,
  ended_at timestamptz
);

create table tokens (
  id text primary key,
  secret text not null unique, -- SHA-256
  digest text not null,
  name text not null,
  grants text not null, -- JSON
  made_by text not null,
  made_at timestamptz not null,
  seen_at timestamptz,
  expires_at timestamptz not null,
  revoked_at timestamptz
);

alter table flagged add column assignee text;

create table notes (
  id text primary key,
  window_id text collate "C" not null,
  place integer not null,
  author text not null,
  written_at timestamptz not null,
  body text not null,
  foreign key (window_id, place) references flagged (window_id, place)
);
create index notes_by_record on notes (window_id, place);
create index review_records_by_record on review_records (window_id, flagged_place);
create index flagged_by_standing on flagged (standing, risk desc);

-- A decision over a query, with exactly the records that its preview showed, in parts that are one review each.
create table bulk (
  id text primary key,
  ordinal integer generated always as identity,
  digest text not null,
  action text not null,
  query text not null,
  reason text not null,
  actor text not null,
  undoes text references bulk (id),
  undone_by text references bulk (id),
  made_at timestamptz not null,
  parts integer not null,
  records integer not null,
  failed text
);

create table bulk_parts (
  bulk text not null references bulk (id),
  part integer not null,
  dataset text collate "C" not null,
  records integer not null,
  review text collate "C",
  skipped integer not null default 0,
  done boolean not null default false,
  primary key (bulk, part)
);

create table bulk_records (
  bulk text not null,
  part integer not null,
  window_id text collate "C" not null,
  place integer not null,
  primary key (bulk, window_id, place),
  foreign key (bulk, part) references bulk_parts (bulk, part)
);
create index bulk_records_by_part on bulk_records (bulk, part);

create table key_jobs (
  id text primary key,
  ordinal integer generated always as identity,
  what text not null,
  choice text not null, -- canonical JSON
  asked_by text not null,
  approved_by text,
  state text not null check (state in ('asked', 'running', 'done', 'failed', 'refused')),
  done integer not null default 0,
  total integer,
  says text,
  asked_at timestamptz not null,
  check (approved_by is null or approved_by <> asked_by)
);
