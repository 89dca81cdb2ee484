-- Takes the lease on an entry, unless another holds it.
-- KEYS: lease, entry.
-- ARGV: token, digest, period in milliseconds, a token that may be put aside or '', and '1' where
-- what stands there now is noted in the lease: put.lua then stores over nothing else.
-- Reply: {0, token and digest of the holder}, or {1, entry or nil}.
local held = redis.call('GET', KEYS[1])
if held then
  local holder = string.sub(held, 1, 16)
  if holder ~= ARGV[1] and holder ~= ARGV[4] then
    return {0, string.sub(held, 1, 32)}
  end
end
local there = redis.call('GET', KEYS[2])
local noted = ''
if ARGV[5] == '1' then
  noted = there and redis.sha1hex(there) or 'absent'
end
redis.call('SET', KEYS[1], ARGV[1] .. ARGV[2] .. noted, 'PX', ARGV[3])
return {1, there}
