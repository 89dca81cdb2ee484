-- Takes the first free place of a lock or semaphore, and draws a fencing token.
-- KEYS: the places but for their numbers, the namespace's last fencing token.
-- ARGV: token, how many places there are, period in milliseconds.
-- Reply: {1, fencing token}, or {0, milliseconds until the first place falls free, -1 not known}.
local soonest = -1
for place = 0, ARGV[2] - 1 do
  local key = KEYS[1] .. ':' .. place
  local left = redis.call('PTTL', key)
  if left == -2 then
    local time = redis.call('TIME')
    local last = redis.call('GET', KEYS[2]) or '0'
    -- Both are exact: microseconds fit the 53 bits of a number until the year 2255.
    local drawn = math.max(last + 1, time[1] * 1000000 + time[2])
    redis.call('SET', key, ARGV[1], 'PX', ARGV[3])
    redis.call('SET', KEYS[2], string.format('%.0f', drawn))
    return {1, string.format('%.0f', drawn)}
  end
  if left >= 0 and (soonest < 0 or left < soonest) then
    soonest = left
  end
end
return {0, soonest}
