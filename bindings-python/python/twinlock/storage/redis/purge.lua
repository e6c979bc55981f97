-- Twinlock for Redis, layout 1: drops a user's events that are older than a time.
--
-- KEYS[1]   twinlock:{user}:events
-- ARGV[1]   Unix seconds; events before it go
-- answers   how many are gone
--
-- The oldest stand last. Clocks of several servers may have swapped neighbours: what stands behind a younger one stays until that goes.

local gone = 0
while true do
  local last = redis.call('LINDEX', KEYS[1], -1)
  if not last or cjson.decode(last)['at'] >= tonumber(ARGV[1]) then
    return gone
  end
  redis.call('RPOP', KEYS[1])
  gone = gone + 1
end
