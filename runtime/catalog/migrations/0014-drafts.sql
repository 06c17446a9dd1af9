-- Contracts that somebody drafts beside the configured ones, and dead letters that somebody asked to be decoded again.

create table contract_drafts (
  id text primary key,
  ordinal integer generated always as identity,
  digest text not null, -- of what was asked for
  dataset text collate "C" not null,
  base text not null, -- SHA-256 of the file that it was begun from
  body text not null,
  reason text not null,
  revision integer not null default 1,
  state text not null default 'open' check (state in ('open', 'publishing', 'published', 'discarded')),
  made_by text not null,
  made_at timestamptz not null,
  changed_by text not null,
  changed_at timestamptz not null
);
create index contract_drafts_by_dataset on contract_drafts (dataset, ordinal);

create table redrives (
  id text primary key,
  ordinal integer generated always as identity,
  digest text not null,
  dataset text collate "C" not null,
  total integer not null,
  state text not null default 'running' check (state in ('running', 'done', 'failed')),
  says text,
  asked_by text not null,
  asked_at timestamptz not null
);
create index redrives_by_dataset on redrives (dataset, ordinal);

-- Which of them a dead letter is taken up by: exactly those that were open when somebody asked. What fails again is let go.
alter table dead_letters add column redrive text references redrives (id);
create index dead_letters_by_redrive on dead_letters (redrive) where redrive is not null;
