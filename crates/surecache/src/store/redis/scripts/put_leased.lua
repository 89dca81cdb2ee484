-- Stores an entry where a token holds the lease on it; ends the lease.
-- KEYS: entry, lease.
-- ARGV: token, entry, time to live in milliseconds ('' for ever, '0' over already),
-- the channel on which it is told.
-- Reply: 1 stored, 0 not the holder.
local held = redis.call('GET', KEYS[2])
if not held or string.sub(held, 1, 16) ~= ARGV[1] then
  return 0
end
if ARGV[3] == '' then
  redis.call('SET', KEYS[1], ARGV[2])
elseif ARGV[3] == '0' then
  redis.call('DEL', KEYS[1])
else
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
end
redis.call('DEL', KEYS[2])
redis.pcall('PUBLISH', ARGV[4], '')
return 1
