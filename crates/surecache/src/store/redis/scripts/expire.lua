-- Gives an entry another expiry where it still begins as it was read.
-- KEYS: entry.
-- ARGV: its first bytes, a shorter one filled up with zeros; time to live in milliseconds ('' for
-- ever, '0' over already).
-- Reply: 1 done, 0 it is another, or gone.
local there = redis.call('GETRANGE', KEYS[1], 0, 23)
if #there == 0 and redis.call('EXISTS', KEYS[1]) == 0 then
  return 0
end
if there .. string.rep('\0', 24 - #there) ~= ARGV[1] then
  return 0
end
if ARGV[2] == '' then
  redis.call('PERSIST', KEYS[1])
elseif ARGV[2] == '0' then
  redis.call('DEL', KEYS[1])
else
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
return 1
