-- The catalog. Runs unchanged on PGlite and PostgreSQL. Names that come with the data may be long, so indexes hold keys:
-- digests of them (see text.ts). Text that results are ordered by is compared by code point everywhere.

create table datasets (
  name text collate "C" primary key,
  windows integer not null
);

create table leases (
  source text collate "C" not null,
  shard_key text not null,
  shard text not null,
  owner text,
  fence bigint not null,
  expires_at timestamptz not null,
  primary key (source, shard_key)
);

create table positions (
  source text collate "C" not null,
  shard_key text not null,
  partition_key text not null,
  partition text not null,
  position text not null,
  primary key (source, shard_key, partition_key)
);

create table windows (
  id text collate "C" primary key,
  dataset text collate "C" not null references datasets (name),
  ordinal integer not null,
  source text not null,
  segments jsonb not null,
  contract text not null,
  state text not null check (state in ('staged', 'scanned', 'committed')),
  records integer not null check (records >= 0),
  dead_letters integer not null check (dead_letters >= 0),
  redrives integer not null check (redrives >= 0),
  admitted integer not null default 0,
  quarantined integer not null default 0,
  rejected integer not null default 0,
  staged jsonb not null,
  dead_letter_object jsonb,
  scores jsonb,
  detectors jsonb,
  objects jsonb,
  manifest integer,
  manifest_sha256 text,
  attempts integer not null default 0,
  last_error text,
  staged_at timestamptz not null,
  scanned_at timestamptz,
  committed_at timestamptz,
  unique (dataset, ordinal),
  unique (dataset, manifest),
  check (state = 'staged' or admitted + quarantined + rejected = records),
  check (state <> 'staged' or scores is null),
  check ((state = 'committed') = (manifest is not null))
);
create index windows_open on windows (state, dataset, ordinal) where state <> 'committed';

-- Ids that a dataset has staged, where its contract names an id field.
create table staged_ids (
  dataset text collate "C" not null,
  id_key text not null,
  primary key (dataset, id_key)
);

create table dead_letters (
  id_key text primary key,
  id text not null,
  window_id text collate "C" not null references windows (id),
  place integer not null,
  dataset text collate "C" not null,
  reason text not null,
  detail text not null,
  partition text not null,
  position text not null,
  contributor text,
  attempts integer not null default 1,
  state text not null default 'open' check (state in ('open', 'redriven')),
  redriven_by text references windows (id),
  created_at timestamptz not null,
  unique (window_id, place),
  check ((state = 'redriven') = (redriven_by is not null))
);
create index dead_letters_by_dataset on dead_letters (dataset, state);

create table flagged (
  window_id text collate "C" not null references windows (id),
  place integer not null,
  dataset text collate "C" not null,
  record_key text not null,
  record text not null,
  risk double precision not null,
  decision text not null check (decision in ('quarantine', 'reject')),
  families jsonb not null,
  campaign text,
  contributor text,
  label text,
  standing text not null check (standing in ('quarantined', 'rejected', 'released', 'recalled')),
  pending_review text,
  primary key (window_id, place)
);
create index flagged_by_record on flagged (dataset, record_key);
create index flagged_by_risk on flagged (dataset, standing, risk desc);

create table campaigns (
  window_id text collate "C" not null references windows (id),
  place integer not null,
  id text not null,
  family text not null,
  label text,
  members integer not null,
  evidence double precision not null,
  primary key (window_id, place)
);

create table reviews (
  id text collate "C" primary key,
  ordinal integer generated always as identity,
  dataset text collate "C" not null,
  action text not null check (action in ('release', 'reject', 'undo')),
  undoes text references reviews (id),
  undone_by text references reviews (id),
  from_standing text not null,
  to_standing text not null,
  reason text not null,
  actor text not null,
  digest text not null,
  state text not null check (state in ('pending', 'applied')),
  manifest integer,
  created_at timestamptz not null,
  unique (dataset, manifest),
  check ((action = 'undo') = (undoes is not null))
);

create table review_records (
  review text collate "C" not null references reviews (id),
  place integer not null,
  window_id text collate "C" not null,
  flagged_place integer not null,
  primary key (review, place),
  foreign key (window_id, flagged_place) references flagged (window_id, place)
);

create table audit (
  seq bigint primary key,
  at text not null,
  actor text not null,
  action text not null,
  subject text not null,
  detail text not null, -- canonical JSON, as hashed
  previous text not null,
  hash text not null
);

-- One row: writers of the log queue up on it.
create table audit_head (
  one boolean primary key default true check (one),
  seq bigint not null,
  hash text not null
);
insert into audit_head (seq, hash) values (0, repeat('0', 64));

create table audit_checkpoints (
  seq bigint primary key,
  hash text not null,
  at text not null,
  keyid text not null,
  signature text not null
);

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'the audit log is append-only';
end $$;
create trigger audit_append_only before update or delete on audit for each row execute function refuse_change();
create trigger checkpoints_append_only before update or delete on audit_checkpoints
  for each row execute function refuse_change();
