-- Federated learning: who takes part, and what became of each round. No update, no model and no key but public ones.

create table federations (
  name text collate "C" primary key,
  session text not null,
  -- the epoch key that the aggregator's identity is derived from
  kid text not null,
  begun_at timestamptz not null
);

create table participants (
  federation text collate "C" not null,
  name text collate "C" not null,
  public_key text not null,
  state text not null check (state in ('enrolled', 'suspended', 'revoked')),
  enrolled_at timestamptz not null,
  primary key (federation, name)
);

-- Every key that was ever enrolled: one client cannot come under two names, and a revoked key does not come back.
create table participant_keys (
  federation text collate "C" not null,
  public_key text collate "C" not null,
  name text collate "C" not null,
  primary key (federation, public_key)
);

create table rounds (
  federation text collate "C" not null references federations (name),
  round integer not null check (round >= 1),
  state text not null check (state in ('open', 'committed', 'rolledBack', 'aborted')),
  stage text,
  asked jsonb not null,
  noise jsonb,
  why text,
  model text not null,
  epsilon double precision,
  manifest integer,
  opened_at timestamptz not null,
  ended_at timestamptz,
  primary key (federation, round),
  check ((state = 'open') = (manifest is null)),
  check ((state = 'open') = (ended_at is null))
);
create unique index rounds_open on rounds (federation) where state = 'open';

create table round_clients (
  federation text collate "C" not null,
  round integer not null,
  client text collate "C" not null,
  ruling text not null check (ruling in ('counted', 'clipped', 'held', 'rejected', 'missing')),
  score double precision not null,
  why jsonb not null,
  standing text check (standing in ('held', 'cleared')),
  primary key (federation, round, client),
  foreign key (federation, round) references rounds (federation, round),
  check ((ruling = 'held') = (standing is not null))
);
