/**
 * The state of one key, and its time. Every script begins with this, and ends with `save()` if it changed something.
 *
 * KEYS: the state, the four keys of the queue (the order, the leases, the places, the shares), the calls in flight, two
 * hashes for each window among the limits, then what the script wants.
 * ARGV: how many limits there are and how many dimensions, three numbers for each limit (its dimension from 1 on, its
 * total, and its span: a window's ms, below 0 a bucket's ms for one unit, 0 for a period), three more that all should have
 * alike (how many calls may be in flight, how many ms of waiting count as one priority more, 0 for none of these, and
 * whether tenants share the queue), for each period three times (when it began, when it ends, when the next one ends), then
 * what the script wants.
 *
 * The state is one packed string of a few bytes: what is in a window and who waits stand beside it.
 *
 * A period is a day or a month of the calendar, or all time. The server knows no time zones, so its processes say which
 * period it is by its clock. One whose clock is wrong is told the server's time by an error, and asks again.
 *
 * Times are ms since the state was made, by the server's clock. They never run backwards: when the server's clock is set
 * back, or a replica with another clock takes over, time stands still at that moment and goes on from there.
 */
export const state = `
local limits, dimensions = tonumber(ARGV[1]), tonumber(ARGV[2])
local order, leases, places, shares, flights = unpack(KEYS, 2, 6)
local dims, totals, spans, hashes = {}, {}, {}, {}
local lastKey, lastArg = 6, 5 + 3 * limits
-- Whether something was found out that is worth keeping also where nothing was taken.
local isNews = false
local most, ageing, isFair = tonumber(ARGV[lastArg - 2]), tonumber(ARGV[lastArg - 1]), ARGV[lastArg] == '1'
local ours, periods = table.concat(ARGV, ' ', 1, lastArg), {}
for i = 1, limits do
  dims[i], totals[i], spans[i] = tonumber(ARGV[3 * i]), tonumber(ARGV[3 * i + 1]), tonumber(ARGV[3 * i + 2])
  if spans[i] > 0 then
    hashes[i] = { [0] = KEYS[lastKey + 1], KEYS[lastKey + 2] }
    lastKey = lastKey + 2
  elseif spans[i] == 0 then
    periods[i] = { tonumber(ARGV[lastArg + 1]), tonumber(ARGV[lastArg + 2]), tonumber(ARGV[lastArg + 3]) }
    lastArg = lastArg + 3
  end
end

local mark = 'rxjs-resilience 3'
local time = redis.call('TIME')
local wall = time[1] * 1000 + math.floor(time[2] / 1000)
local packed = redis.call('GET', KEYS[1])
local birth, shift, now, paused, meters, synced, seats, keptUntil, theirs
-- The virtual time of the queue, and when a call in flight has ended last.
local virtual, freed
for _, period in pairs(periods) do
  if wall < period[1] or wall >= period[3] then
    return redis.error_reply('CALENDAR ' .. string.format('%.0f', wall))
  end
end

-- A wait that fits into a reply: for ever becomes some 285,000 years.
local function waiting(ms)
  return math.min(ms, 9007199254740991)
end
local function expire(key, ms)
  redis.call('PEXPIRE', key, string.format('%.0f', math.min(ms, 1e14)))
end
if packed then
  if string.sub(packed, 2, 1 + #mark) ~= mark then
    return redis.error_reply('WRONGTYPE ' .. KEYS[1] .. ' holds a value of another program')
  end
  local _
  _, birth, shift, now, paused, meters, synced, seats, keptUntil, theirs, virtual, freed = cmsgpack.unpack(packed)
  shift = math.max(shift, now - wall)
  now = wall + shift
else
  birth, shift, now, paused, meters, synced = time[1] * 1000000 + time[2], -wall, 0, 0, {}, {}
  seats, keptUntil, virtual, freed = 0, 0, 0, 0
  for i = 1, limits do
    meters[i] = spans[i] > 0 and { 0, 0, 0, -1, 0, 0, 0 } or { 0, 0, 0 }
  end
  redis.call('UNLINK', unpack(KEYS, 2, lastKey)) -- left behind by a state that was evicted
end
-- A new period begins when the clock has passed the end of the last one, not where it was set back before its beginning.
for i, period in pairs(periods) do
  local meter, ending = meters[i], wall < period[2] and period[2] or period[3]
  if wall >= meter[1] then
    meter[1], meter[2], meter[3] = ending, 0, now
  elseif ending < meter[1] then
    meter[1], isNews = ending, true
  end
end
for i, bucket in ipairs(synced) do
  meters[limits + i] = bucket
  dims[limits + i], totals[limits + i], spans[limits + i] = bucket[3], bucket[4], bucket[5]
end

-- The limits with which another process has counted last, if they are others; else an empty text.
local function mismatch()
  return theirs and theirs ~= ours and theirs or ''
end

-- Keeps the state until nothing of it counts any more.
local function save()
  for i = #meters, limits + 1, -1 do
    meters[i] = nil
  end
  local rest = math.max(0, keptUntil - now)
  for i = 1, limits do
    if spans[i] == 0 then
      rest = math.max(rest, meters[i][2] > 0 and meters[i][1] - wall or 0)
    else
      rest = math.max(rest, spans[i] > 0 and spans[i] or meters[i][1] - now)
    end
  end
  for _, bucket in ipairs(synced) do
    rest = math.max(rest, bucket[1] - now)
  end
  rest = rest + math.max(0, paused - now) + 1000
  local state = cmsgpack.pack(mark, birth, shift, now, paused, meters, synced, seats, keptUntil, ours, virtual, freed)
  redis.call('SET', KEYS[1], state, 'PX', string.format('%.0f', math.min(rest, 1e14)))
end
`;
