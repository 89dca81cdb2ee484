-- Takes a time from the life of every key, in every database. What has no life left is deleted: a
-- server itself would show it for the rest of the millisecond.
-- ARGV: milliseconds, 'stands' where the clock will be moved by as much afterwards and lives must
-- stay as they are, or 'goes'.
local by = tonumber(ARGV[1])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for database in string.gmatch(redis.call('INFO', 'keyspace'), 'db(%d+):') do
  redis.call('SELECT', database)
  for _, key in ipairs(redis.call('KEYS', '*')) do
    local over = redis.pcall('PEXPIRETIME', key)
    if type(over) ~= 'number' then -- Redis 6
      local left = redis.call('PTTL', key)
      over = left < 0 and left or now + left
    end
    if over >= 0 and over - by <= now then
      redis.call('DEL', key)
    elseif over >= 0 and ARGV[2] == 'goes' then
      redis.call('PEXPIREAT', key, string.format('%.0f', over - by))
    end
  end
end
