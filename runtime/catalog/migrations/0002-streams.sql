-- What streams need beyond folders: shards that end, readers that share them, deliveries that come twice.

alter table leases add column finished boolean not null default false;

-- Who reads a source, or would; by this, readers agree on their shares.
create table readers (
  source text collate "C" not null,
  owner text collate "C" not null,
  expires_at timestamptz not null,
  primary key (source, owner)
);

-- Items that were staged from a source that may deliver them again, where positions cannot tell.
create table staged_items (
  source text collate "C" not null,
  item_key text not null,
  staged_at timestamptz not null,
  primary key (source, item_key)
);
create index staged_items_by_age on staged_items (staged_at);
