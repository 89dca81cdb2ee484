-- Stores an entry where a condition holds, ends the lease on it, and tells who waits for that.
-- KEYS: entry, lease.
-- ARGV: entry, time to live in milliseconds ('' for ever, '0' over already), the channel on which
-- it is told, the condition, its proof:
--   leased: the token that must hold the lease; where the lease notes what stood there, that must
--   stand there still, or nothing (else the lease is ended, and nothing stored)
--   unchanged: the first bytes of what was read, '' where it was absent
-- Reply: 1 stored, 0 the condition does not hold; where it is `unchanged`, what stands there.
local function ended(reply)
  if redis.call('DEL', KEYS[2]) == 1 then
    redis.pcall('PUBLISH', ARGV[3], '')
  end
  return reply
end
if ARGV[4] == 'leased' then
  local held = redis.call('GET', KEYS[2])
  if not held or string.sub(held, 1, 16) ~= ARGV[5] then
    return 0
  end
  -- Programs that know nothing of leases may have stored something since it was taken.
  local noted = string.sub(held, 33)
  if noted ~= '' then
    local there = redis.call('GET', KEYS[1])
    if there and redis.sha1hex(there) ~= noted then
      return ended(0)
    end
  end
elseif ARGV[4] == 'unchanged' then
  local there = redis.call('GETRANGE', KEYS[1], 0, 23)
  if #there < 24 and redis.call('EXISTS', KEYS[1]) == 1 then
    there = there .. string.rep('\0', 24 - #there)
  end
  if there ~= ARGV[5] then
    return {redis.call('GET', KEYS[1])}
  end
end
if ARGV[2] == '' then
  redis.call('SET', KEYS[1], ARGV[1])
elseif ARGV[2] == '0' then
  redis.call('DEL', KEYS[1])
else
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
end
return ended(1)
