-- Prolongs the lease on an entry, where a token holds it.
-- KEYS: lease. ARGV: token, period in milliseconds. Reply: 1 prolonged, 0 not the holder.
local held = redis.call('GET', KEYS[1])
if not held or string.sub(held, 1, 16) ~= ARGV[1] then
  return 0
end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
