-- Stores bytes in place of others and keeps their expiry, ends the lease on the entry, and tells who
-- waits for that.
-- KEYS: entry, lease.
-- ARGV: what must stand there, what takes its place, the longest that it may still live in
-- milliseconds ('' for ever), the channel on which it is told.
-- Reply: 1 done, 0 the entry or its expiry is another.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
local left = redis.call('PTTL', KEYS[1])
if ARGV[3] ~= '' and (left < 0 or left > tonumber(ARGV[3])) then
  return 0
end
if left < 0 then
  redis.call('SET', KEYS[1], ARGV[2])
else
  redis.call('SET', KEYS[1], ARGV[2], 'PX', math.max(left, 1))
end
if redis.call('DEL', KEYS[2]) == 1 then
  redis.pcall('PUBLISH', ARGV[4], '')
end
return 1
