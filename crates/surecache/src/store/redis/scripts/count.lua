-- Adds to a number that stands as decimal text, keeps its expiry, ends the lease on it, and tells
-- who waits for that.
-- KEYS: entry, lease.
-- ARGV: what is added, the channel on which it is told, what it is added to where nothing is there
-- or ''.
-- Reply: the sum as text (a number would lose digits on its way through Lua), 0 nothing is there,
-- or the error of INCRBY, which changes nothing.
if redis.call('EXISTS', KEYS[1]) == 0 then
  if ARGV[3] == '' then
    return 0
  end
  redis.call('SET', KEYS[1], ARGV[3])
end
local sum = redis.pcall('INCRBY', KEYS[1], ARGV[1])
if type(sum) == 'table' then
  return sum
end
if redis.call('DEL', KEYS[2]) == 1 then
  redis.pcall('PUBLISH', ARGV[2], '')
end
return redis.call('GET', KEYS[1])
