-- Reads a generation; makes it where it is absent, prolongs it where it would end too early.
-- KEYS: generation.
-- ARGV: fresh bytes, the least that it must live in milliseconds, what it is given then.
-- Reply: the generation.
local there = redis.call('GET', KEYS[1])
if not there then
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3])
  return ARGV[1]
end
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[2]) then
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
end
return there
