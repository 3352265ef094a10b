create table events (
  id bigint generated always as identity primary key,
  customer integer not null,
  what text not null,
  added_at timestamptz not null default now(),
  done_at timestamptz
);
create index on events (id) where done_at is null;
create index on events (what, added_at);
