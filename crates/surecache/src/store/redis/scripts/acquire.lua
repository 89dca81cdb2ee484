-- Takes the lease on an entry, unless another holds it.
-- KEYS: lease, entry.
-- ARGV: token, digest, period in milliseconds, a token that may be put aside or ''.
-- Reply: {0, token and digest of the holder}, or {1, entry or nil}.
local held = redis.call('GET', KEYS[1])
if held then
  local holder = string.sub(held, 1, 16)
  if holder ~= ARGV[1] and holder ~= ARGV[4] then
    return {0, held}
  end
end
redis.call('SET', KEYS[1], ARGV[1] .. ARGV[2], 'PX', ARGV[3])
return {1, redis.call('GET', KEYS[2])}
