-- Who signed up for the product events of Northgate Cloud, a made-up company.
CREATE TABLE event_signups (
  id INTEGER NOT NULL PRIMARY KEY,
  account_id INTEGER NOT NULL REFERENCES accounts (id),
  email VARCHAR(120) NOT NULL,
  full_name VARCHAR(120),
  dietary_needs TEXT,
  event VARCHAR(40) NOT NULL,
  held_on DATE
);
CREATE INDEX ix_event_signups_held_on ON event_signups (held_on);
INSERT INTO event_signups VALUES
  (1, 3, 'nadia.brook@northgate.example', 'Nadia Brook', 'no nuts', 'Summit 2024', '2024-10-08'),
  (2, 8, 'otis.field@northgate.example', 'Otis Field', NULL, 'Summit 2025', '2025-10-07'),
  (3, 17, 'ivo.marsh@northgate.example', 'Ivo Marsh', 'vegan', 'Summit 2025', '2025-10-07'),
  (4, 21, 'runa.lake@northgate.example', 'Runa Lake', NULL, 'Spring day 2026', '2026-04-14'),
  (5, 34, 'teo.hill@northgate.example', 'Teo Hill', NULL, 'To be announced', NULL);
