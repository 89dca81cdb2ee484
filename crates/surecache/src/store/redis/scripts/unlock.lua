-- Gives back the place of a lock or semaphore that a token holds, and tells who waits for one.
-- KEYS: the places but for their numbers.
-- ARGV: token, how many places there are, the channel on which it is told.
-- Reply: 1 given back, 0 the token holds none.
for place = 0, ARGV[2] - 1 do
  local key = KEYS[1] .. ':' .. place
  if redis.call('GET', key) == ARGV[1] then
    redis.call('DEL', key)
    redis.pcall('PUBLISH', ARGV[3], '')
    return 1
  end
end
return 0
