-- Stores an entry where what is there is what was read; ends the lease.
-- KEYS: entry, lease.
-- ARGV: the first bytes of what was read ('' absent), entry, time to live in milliseconds ('' for
-- ever, '0' over already).
-- Reply: 1 stored, 0 changed.
local there = redis.call('GETRANGE', KEYS[1], 0, 23)
if #there < 24 and redis.call('EXISTS', KEYS[1]) == 1 then
  there = there .. string.rep('\0', 24 - #there)
end
if there ~= ARGV[1] then
  return 0
end
if ARGV[3] == '' then
  redis.call('SET', KEYS[1], ARGV[2])
elseif ARGV[3] == '0' then
  redis.call('DEL', KEYS[1])
else
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
end
redis.call('DEL', KEYS[2])
return 1
