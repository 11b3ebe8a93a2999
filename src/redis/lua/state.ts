/**
 * The state of one key, and its time. Every script begins with this and ends with `save()`.
 *
 * KEYS: the state, one hash for each window among the limits, then what the script wants.
 * ARGV: how many limits there are and how many dimensions, three numbers for each limit (its dimension from 1 on, its
 * total, and its span: a window's ms, or below 0 a bucket's ms for one unit), then what the script wants.
 *
 * The state is one packed string. The older entries of a window are in a hash beside it: so one decision reads and
 * writes the same few bytes, however much is in the window.
 *
 * Times are ms since the state was made, by the server's clock. They never run backwards: when the server's clock is set
 * back, or a replica with another clock takes over, time stands still at that moment and goes on from there.
 */
export const state = `
local limits, dimensions = tonumber(ARGV[1]), tonumber(ARGV[2])
local dims, totals, spans, hashes = {}, {}, {}, {}
local lastKey, lastArg = 1, 2 + 3 * limits
for i = 1, limits do
  dims[i], totals[i], spans[i] = tonumber(ARGV[3 * i]), tonumber(ARGV[3 * i + 1]), tonumber(ARGV[3 * i + 2])
  if spans[i] > 0 then
    lastKey = lastKey + 1
    hashes[i] = KEYS[lastKey]
  end
end

local time = redis.call('TIME')
local wall = time[1] * 1000 + math.floor(time[2] / 1000)
local packed = redis.call('GET', KEYS[1])
local birth, shift, now, paused, meters, queue, synced

-- A wait that fits into a reply: for ever becomes some 285,000 years.
local function waiting(ms)
  return math.min(ms, 9007199254740991)
end
if packed then
  birth, shift, now, paused, meters, queue, synced = cmsgpack.unpack(packed)
  shift = math.max(shift, now - wall)
  now = wall + shift
else
  birth, shift, now, paused, meters, queue, synced = time[1] * 1000000 + time[2], -wall, 0, 0, {}, {}, {}
  for i = 1, limits do
    meters[i] = spans[i] > 0 and { 0, -1, -1, 0, 0 } or { 0, 0 }
  end
  for i = 2, lastKey do
    redis.call('UNLINK', KEYS[i]) -- left behind by a state that was evicted
  end
end
for i, bucket in ipairs(synced) do
  meters[limits + i] = bucket
  dims[limits + i], totals[limits + i], spans[limits + i] = bucket[3], bucket[4], bucket[5]
end

-- Keeps the state until nothing of it counts any more.
local function save()
  for i = #meters, limits + 1, -1 do
    meters[i] = nil
  end
  local rest, tail = 0, queue[#queue]
  for i = 1, limits do
    rest = math.max(rest, spans[i] > 0 and spans[i] or meters[i][1] - now)
  end
  for _, bucket in ipairs(synced) do
    rest = math.max(rest, bucket[1] - now)
  end
  rest = rest + math.max(0, paused - now, tail and tail[2] - now or 0) + 1000
  local state = cmsgpack.pack(birth, shift, now, paused, meters, queue, synced)
  redis.call('SET', KEYS[1], state, 'PX', string.format('%.0f', math.min(rest, 1e14)))
end
`;
