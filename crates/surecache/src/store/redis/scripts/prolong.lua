-- Changes how long a token holds its place of a lock or semaphore.
-- KEYS: the places but for their numbers.
-- ARGV: token, how many places there are, milliseconds, whether to 'add' them or to 'set' them.
-- Reply: the milliseconds that the place is held now, 0 the token holds none.
for place = 0, ARGV[2] - 1 do
  local key = KEYS[1] .. ':' .. place
  if redis.call('GET', key) == ARGV[1] then
    local period = tonumber(ARGV[3])
    if ARGV[4] == 'add' then
      period = period + math.max(redis.call('PTTL', key), 0)
    end
    redis.call('PEXPIRE', key, string.format('%.0f', period))
    return period
  end
end
return 0
