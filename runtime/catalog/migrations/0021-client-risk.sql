-- The risk that a round's judgement gave each client; null where its update was not seen. What `client_likenesses` adds up is, since then, also how far
-- a client stands out by each sign: its name, a colon and the sign.
alter table round_clients add column risk double precision check (risk between 0 and 1);

create index round_clients_by_client on round_clients (federation, client, round desc);
