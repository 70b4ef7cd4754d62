"""Atomic operations in Redis, in Lua. All times are Unix milliseconds of Redis' own clock.

KEYS[1] is the hash of one exchange's fetch lock. Renaming a field requires a new `VERSION`, which is part of the key.

    fencing_token          of the newest lease
    fencing_token:PAYLOAD  of the newest lease of this payload
    holder:PAYLOAD         who holds its lock
    held_until:PAYLOAD     when that lease expires unless it is extended
    cached:PAYLOAD         the fencing token of the fetch whose value is cached
    failed:PAYLOAD         the fencing token of the newest fetch that failed, either of this payload or exchange-wide
    failure:PAYLOAD        why it failed
    paused_until, pause    when the current pause ends, and its reason
    booked_until           until when the exchange's rate limit is booked
    closed_until           until when the rest of it is kept for the sync
    connected_until        until when no other streaming connection may be opened

A key of another type, or a field that is not a number, is damaged and counts as absent.
"""

# Numbers and times from here on are damaged: Lua's numbers are floats, which are exact only up to about this size.
NUMBERS_END = 9 * 10**15

_BEGIN = f"""
local answer = redis.call('TYPE', KEYS[1])
if answer.ok ~= 'hash' and answer.ok ~= 'none' then redis.call('DEL', KEYS[1]) end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function number(field)
  local value = tonumber(redis.call('HGET', KEYS[1], field) or '') or 0
  if value > 0 and value < {NUMBERS_END} then return value end
  return 0
end
local function text(field) return redis.call('HGET', KEYS[1], field) or '' end
local function plain(value) return string.format('%.0f', value) end
"""

# A deadline further away than `longest` is damaged.
_LEFT = """
local function left(field, longest)
  local left = number(field) - now
  if left > 0 and left <= longest then return left end
  return 0
end
"""

# ARGV: payload, newer_than or "", waited_for or "", lease in ms, holder, longest pause in ms, seconds to keep the hash,
# what the fetch books in ms (0: nothing), the most that can be booked ahead in ms, "sync" or "", longest closure in ms.
ACQUIRE = (
    _BEGIN
    + _LEFT
    + """
-- A retry by the client library: the lease was granted, but the reply was lost.
local held = left('held_until:' .. ARGV[1], tonumber(ARGV[4])) > 0
local newest = plain(number('fencing_token:' .. ARGV[1]))
if held and text('holder:' .. ARGV[1]) == ARGV[5] then return {'lease', newest} end
local newer_than, waited_for = tonumber(ARGV[2]), tonumber(ARGV[3])
local cached = number('cached:' .. ARGV[1])
if newer_than and cached > newer_than then return {'cached', plain(cached)} end
local pause = left('paused_until', tonumber(ARGV[6]))
if pause > 0 then return {'pause', plain(pause), text('pause')} end
if held then return {'in flight', newest} end
local failed = number('failed:' .. ARGV[1])
if waited_for and failed >= waited_for then return {'failed', plain(failed), text('failure:' .. ARGV[1])} end
local costs, burst, is_for_sync = tonumber(ARGV[8]), tonumber(ARGV[9]), ARGV[10] == 'sync'
if costs > 0 then
  local closed = left('closed_until', tonumber(ARGV[11]))
  if closed > 0 and not is_for_sync then return {'closed', plain(closed)} end
  local booked = left('booked_until', 2 * burst + costs + 1) -- another payload may have booked more
  local wait = booked - math.max(0, burst - costs)
  if wait > 0 and not is_for_sync then return {'spaced', plain(wait), plain(number('fencing_token'))} end
  redis.call('HSET', KEYS[1], 'booked_until', plain(now + math.min(booked, burst) + costs))
end
-- After a loss of all data, tokens continue above all earlier ones, because there are fewer fetches than milliseconds.
local fencing_token = number('fencing_token') + 1
if fencing_token == 1 then fencing_token = now end
local until_ms = plain(now + ARGV[4])
local token = plain(fencing_token)
redis.call('HSET', KEYS[1], 'fencing_token', token, 'fencing_token:' .. ARGV[1], token)
redis.call('HSET', KEYS[1], 'holder:' .. ARGV[1], ARGV[5], 'held_until:' .. ARGV[1], until_ms)
redis.call('EXPIRE', KEYS[1], ARGV[7])
return {'lease', token}
"""
)

# ARGV: holder, lease in ms, payload.
EXTEND = (
    _BEGIN
    + """
if text('holder:' .. ARGV[3]) ~= ARGV[1] then return end
redis.call('HSET', KEYS[1], 'held_until:' .. ARGV[3], plain(now + ARGV[2]))
"""
)

# ARGV: holder, fencing token, payload if its value is cached or "", failure or "", the payloads that failed,
# for how many ms the rest of the rate limit is kept for the sync, payload.
# Publishes the payload, or "" if there is nothing to read, on the channel with the name of the key.
RELEASE = (
    _BEGIN
    + """
if text('holder:' .. ARGV[7]) ~= ARGV[1] then return end
redis.call('HDEL', KEYS[1], 'holder:' .. ARGV[7], 'held_until:' .. ARGV[7])
if ARGV[3] ~= '' then redis.call('HSET', KEYS[1], 'cached:' .. ARGV[3], ARGV[2]) end
for payload in string.gmatch(ARGV[5], '%S+') do
  if number('failed:' .. payload) < tonumber(ARGV[2]) then
    redis.call('HSET', KEYS[1], 'failed:' .. payload, ARGV[2], 'failure:' .. payload, ARGV[4])
  end
end
if tonumber(ARGV[6]) > 0 then redis.call('HSET', KEYS[1], 'closed_until', plain(now + ARGV[6])) end
redis.call('PUBLISH', KEYS[1], ARGV[3])
"""
)

# ARGV: the pause in ms, its reason, longest pause in ms, seconds to keep the hash.
PAUSE = (
    _BEGIN
    + _LEFT
    + """
if left('paused_until', tonumber(ARGV[3])) < tonumber(ARGV[1]) then
  redis.call('HSET', KEYS[1], 'paused_until', plain(now + ARGV[1]), 'pause', ARGV[2])
  redis.call('EXPIRE', KEYS[1], ARGV[4])
end
"""
)

# ARGV: the time between two connections in ms, longest pause in ms, seconds to keep the hash.
# Returns what is left of a pause with its reason, or the ms to wait, 0 if the connection is booked.
CONNECT = (
    _BEGIN
    + _LEFT
    + """
local pause = left('paused_until', tonumber(ARGV[2]))
if pause > 0 then return {'pause', plain(pause), text('pause')} end
local wait = left('connected_until', tonumber(ARGV[1]))
if wait > 0 then return {'wait', plain(wait)} end
redis.call('HSET', KEYS[1], 'connected_until', plain(now + ARGV[1]))
redis.call('EXPIRE', KEYS[1], ARGV[3])
return {'wait', '0'}
"""
)

# KEYS[2]: the key of the value. ARGV: fencing token, value, seconds to keep it, payload.
WRITE = (
    _BEGIN
    + """
local fencing_token = tonumber(ARGV[1])
if number('fencing_token:' .. ARGV[4]) > fencing_token then return end -- a later fetch has begun
redis.call('HSET', KEYS[1], 'fencing_token:' .. ARGV[4], ARGV[1])
if number('fencing_token') < fencing_token then redis.call('HSET', KEYS[1], 'fencing_token', ARGV[1]) end
redis.call('EXPIRE', KEYS[1], ARGV[3])
redis.call('SET', KEYS[2], ARGV[2], 'EX', ARGV[3])
"""
)

# KEYS[1]: the hash of one caller's requests to one group. ARGV: requests per window, its length in ms, how many
# this request counts as, 1 if it counts in any case.
# Returns the earlier requests in this window, those in the previous window, and what is left of this window, in ms.
COUNT = (
    _BEGIN
    + """
local limit, length = tonumber(ARGV[1]), tonumber(ARGV[2])
local began_at, current, previous = number('began_at'), number('current'), number('previous')
local passed = math.floor((now - began_at) / length)
if passed == 1 then
  began_at, current, previous = began_at + length, 0, current
elseif passed ~= 0 then
  began_at, current, previous = now, 0, 0
end
local left = began_at + length - now
if ARGV[4] == '1' or math.floor(previous * left / length) + current < limit then
  local counted = plain(current + tonumber(ARGV[3]))
  redis.call('HSET', KEYS[1], 'began_at', plain(began_at), 'current', counted, 'previous', plain(previous))
  redis.call('PEXPIRE', KEYS[1], plain(2 * length))
end
return {plain(current), plain(previous), plain(left)}
"""
)

# KEYS[1]: the name of the leader. ARGV: candidate, lease in ms. Returns 0, or the ms left of another leader's lease.
# A value that never expires, or not within the lease, is damaged.
LEAD = """
if redis.call('TYPE', KEYS[1]).ok == 'string' and redis.call('GET', KEYS[1]) ~= ARGV[1] then
  local left = redis.call('PTTL', KEYS[1])
  if left > 0 and left <= tonumber(ARGV[2]) then return left end
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 0
"""

# KEYS[1]: the name of the leader. ARGV: candidate.
STEP_DOWN = """
if redis.call('TYPE', KEYS[1]).ok == 'string' and redis.call('GET', KEYS[1]) == ARGV[1] then
  redis.call('DEL', KEYS[1])
end
"""
