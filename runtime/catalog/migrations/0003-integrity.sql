-- What is remembered of the signed chains and of the keys, so that neither can be put back to an earlier state unnoticed.

-- Links of a chain that neither a window nor a review stands for.
create table links (
  dataset text collate "C" not null,
  ordinal integer not null,
  sha256 text not null,
  about text not null,
  primary key (dataset, ordinal)
);

-- Digest of the link that carried a review out, and the signature of who decided; null on rows of before.
alter table reviews add column manifest_sha256 text;
alter table reviews add column keyid text;
alter table reviews add column signature text;

-- Canonical JSON of the chains' heads, as signed with the checkpoint; null on those of before.
alter table audit_checkpoints add column heads text;
create index audit_by_subject on audit (subject);

-- Epoch keys that were current once, by dataset: a choice never goes back to an earlier one.
create table epochs (
  dataset text collate "C" not null,
  kid text collate "C" not null,
  epoch integer not null,
  destroyed boolean not null default false,
  primary key (dataset, kid)
);
