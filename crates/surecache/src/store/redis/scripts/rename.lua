-- Gives members that were sealed with an older secret the form of the newest one.
-- KEYS: the collections. ARGV: old form, new form, and so on. Reply: how many there were.
-- The new form comes before the old one goes: a collection without members would lose its expiry.
local found = 0
for _, key in ipairs(KEYS) do
  local kind = redis.call('TYPE', key).ok
  for at = 1, #ARGV, 2 do
    local old, new = ARGV[at], ARGV[at + 1]
    if kind == 'set' and redis.call('SISMEMBER', key, old) == 1 then
      redis.call('SADD', key, new)
      found = found + redis.call('SREM', key, old)
    elseif kind == 'zset' then
      local score = redis.call('ZSCORE', key, old)
      if score then
        redis.call('ZADD', key, 'NX', score, new)
        found = found + redis.call('ZREM', key, old)
      end
    elseif kind == 'hash' then
      local value = redis.call('HGET', key, old)
      if value then
        redis.call('HSETNX', key, new, value)
        found = found + redis.call('HDEL', key, old)
      end
    elseif kind == 'list' then
      local place = redis.call('LPOS', key, old)
      while place do
        redis.call('LSET', key, place, new)
        found = found + 1
        place = redis.call('LPOS', key, old)
      end
    end
  end
end
return found
