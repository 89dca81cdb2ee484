-- Gives back the lease on an entry, where a token holds it.
-- KEYS: lease. ARGV: token, the channel on which it is told. Reply: 1 given back, 0 not the
-- holder.
local held = redis.call('GET', KEYS[1])
if not held or string.sub(held, 1, 16) ~= ARGV[1] then
  return 0
end
redis.call('DEL', KEYS[1])
redis.pcall('PUBLISH', ARGV[2], '')
return 1
