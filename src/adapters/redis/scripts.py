"""What must happen in Redis as one step, as Lua. Every time is by Redis's own clock, in Unix milliseconds.

KEYS[1] is the hash of one exchange's turns:

    number             of the newest fetch that anyone had leave for
    token, held_until  who has the turn, and until when unless it is extended
    kept:PAYLOAD       the fetch that brought what is kept
    failed, failed_of  the newest fetch that failed, and the payload that this is about, "" for all
    failure            what its failure was
    pause_until, pause until when nobody may ask, and why

A hash of another type, or a field that is no number, is somebody's fault or damage, and as good as none.
"""

# A number or a time so high is damage. It is about where Lua's numbers, which are floats, cease to be exact.
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

# Nobody's deadline is further away than that, unless it is damaged.
_LEFT = """
local function left(field, longest)
  local left = number(field) - now
  if left > 0 and left <= longest then return left end
  return 0
end
"""

# ARGV: payload, known or "", waited_for or "", lease in ms, token, longest pause in ms, seconds to keep the hash.
TAKE = (
    _BEGIN
    + _LEFT
    + """
-- Asked a second time, by the client itself: the answer was lost, the turn was not.
local held = left('held_until', tonumber(ARGV[4])) > 0
if held and text('token') == ARGV[5] then return {'turn', plain(number('number'))} end
local known, waited_for = tonumber(ARGV[2]), tonumber(ARGV[3])
local kept = number('kept:' .. ARGV[1])
if known and kept > known then return {'kept', plain(kept)} end
local pause = left('pause_until', tonumber(ARGV[6]))
if pause > 0 then return {'pause', plain(pause), text('pause')} end
if held then return {'under way', plain(number('number'))} end
if waited_for and number('failed') >= waited_for then
  local of = text('failed_of')
  if of == '' or of == ARGV[1] then return {'failed', plain(number('failed')), text('failure')} end
end
-- After a loss of all data the numbers go on above all that were: there are fewer fetches than milliseconds.
local taken = number('number') + 1
if taken == 1 then taken = now end
redis.call('HSET', KEYS[1], 'number', plain(taken), 'token', ARGV[5], 'held_until', plain(now + ARGV[4]))
redis.call('EXPIRE', KEYS[1], ARGV[7])
return {'turn', plain(taken)}
"""
)

# ARGV: token, lease in ms.
EXTEND = (
    _BEGIN
    + """
if text('token') == ARGV[1] then redis.call('HSET', KEYS[1], 'held_until', plain(now + ARGV[2])) end
"""
)

# ARGV: token, number, payload if its value is kept or "", failure or "", payload that failed or "" for all.
# Whoever listens is told, of the payload if there is something to read, on the channel that is called as the key.
END = (
    _BEGIN
    + """
if text('token') ~= ARGV[1] then return end
redis.call('HDEL', KEYS[1], 'token', 'held_until')
if ARGV[3] ~= '' then redis.call('HSET', KEYS[1], 'kept:' .. ARGV[3], ARGV[2]) end
if ARGV[4] ~= '' then redis.call('HSET', KEYS[1], 'failed', ARGV[2], 'failure', ARGV[4], 'failed_of', ARGV[5]) end
redis.call('PUBLISH', KEYS[1], ARGV[3])
"""
)

# ARGV: the pause in ms, why, longest pause in ms, seconds to keep the hash.
LEAVE_ALONE = (
    _BEGIN
    + _LEFT
    + """
if left('pause_until', tonumber(ARGV[3])) < tonumber(ARGV[1]) then
  redis.call('HSET', KEYS[1], 'pause_until', plain(now + ARGV[1]), 'pause', ARGV[2])
  redis.call('EXPIRE', KEYS[1], ARGV[4])
end
"""
)

# KEYS[2]: where the value is kept. ARGV: number, value, seconds to keep it.
KEEP = (
    _BEGIN
    + """
if number('number') > tonumber(ARGV[1]) then return end -- a later fetch has begun: this one's lease was over
redis.call('HSET', KEYS[1], 'number', ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[3])
redis.call('SET', KEYS[2], ARGV[2], 'EX', ARGV[3])
"""
)

# KEYS[1]: the leader's token. ARGV: token, lease in ms. Answers how many ms another may lead, 0 where this one does.
# What is no token, or never expires, is none of ours.
LEAD = """
if redis.call('TYPE', KEYS[1]).ok == 'string' and redis.call('GET', KEYS[1]) ~= ARGV[1] then
  local left = redis.call('PTTL', KEYS[1])
  if left > 0 and left <= tonumber(ARGV[2]) then return left end
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 0
"""

# KEYS[1]: the leader's token. ARGV: token.
RESIGN = """
if redis.call('TYPE', KEYS[1]).ok == 'string' and redis.call('GET', KEYS[1]) == ARGV[1] then
  redis.call('DEL', KEYS[1])
end
"""
