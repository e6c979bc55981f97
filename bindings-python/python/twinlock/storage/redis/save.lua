-- Twinlock for Redis, layout 1: writes a record and its events if the stored version is still the expected one.
--
-- KEYS[1]   twinlock:{user}:record
-- KEYS[2]   twinlock:{user}:events
-- ARGV[1]   expected version in decimal digits; empty = only if there is no record
-- ARGV[2-5] version, enabled ("0" or "1"), key_id, data in base64
-- ARGV[6]   how many events are kept
-- ARGV[7-]  events as JSON, the oldest first
-- answers   1 = written, 0 = somebody else was first and nothing was written
--
-- Versions are compared as text: Lua's numbers would do up to 2^53, text has no end.

-- A key of another type fails here, before anything is written: a script that fails midway is not undone.
redis.call('LLEN', KEYS[2])

if (redis.call('HGET', KEYS[1], 'version') or '') ~= ARGV[1] then
  return 0
end
redis.call('HSET', KEYS[1], 'version', ARGV[2], 'enabled', ARGV[3], 'key_id', ARGV[4], 'data', ARGV[5])
for i = 7, #ARGV do
  redis.call('LPUSH', KEYS[2], ARGV[i])
end
if #ARGV > 6 then
  redis.call('LTRIM', KEYS[2], 0, ARGV[6] - 1)
end
return 1
