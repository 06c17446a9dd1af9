-- Who is told of what the audit log says. The secret is derived from a signing key, and kept nowhere.

create table webhooks (
  id text primary key,
  digest text not null,
  url text not null,
  actions text not null, -- JSON
  kid text not null, -- the signing key that the secret is derived from
  made_by text not null,
  made_at timestamptz not null,
  removed_at timestamptz,
  told bigint not null, -- up to this entry of the audit log
  tries integer not null default 0, -- of the entry after it
  failing text,
  since timestamptz, -- of the first of those tries
  due_at timestamptz not null -- also the end of somebody's claim
);

-- Entries that one of them would not take.
create table webhook_letters (
  webhook text not null references webhooks (id),
  seq bigint not null,
  reason text not null,
  set_aside_at timestamptz not null,
  delivered_at timestamptz,
  primary key (webhook, seq)
);
