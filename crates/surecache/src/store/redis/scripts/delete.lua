-- Deletes an entry and the lease on it, and tells who waits for that.
-- KEYS: entry, lease. ARGV: the channel on which it is told. Reply: 1 there was an entry, 0 none.
local there = redis.call('UNLINK', KEYS[1])
if redis.call('DEL', KEYS[2]) == 1 then
  redis.pcall('PUBLISH', ARGV[1], '')
end
return there
