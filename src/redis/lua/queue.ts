/**
 * The queue before the server, in which each process with waiting calls has one place. What the places before will take
 * is kept for them. A process is granted something only when it asks, so every grant is checked against the limits of
 * that moment; and one that is due with all before it kept need not be the first, so that a dead one holds up nobody for
 * whom there is room.
 *
 * The order is a sorted set, with the priority below 0 as score, so that higher ones come first, and `seat` and process
 * as member. The leases are another: until when a process keeps its place. The places are a hash: the member, the
 * priority and the cost by dimension of each process.
 */
export const queue = `
local order, leases, places = KEYS[2], KEYS[3], KEYS[4]
-- So many places are added up one by one; those behind them count as what these cost in the mean.
local exact = 32

-- { member, priority, cost by dimension }
local function placeOf(process)
  local place = redis.call('HGET', places, process)
  return place and { cmsgpack.unpack(place) }
end

local function giveUp(process, place)
  redis.call('ZREM', order, place and place[1] or '')
  redis.call('ZREM', leases, process)
  redis.call('HDEL', places, process)
end

-- Drops processes whose lease is over: they have not asked for so long.
local function dropAbsent()
  for _, process in ipairs(redis.call('ZRANGEBYSCORE', leases, '-inf', now, 'LIMIT', 0, 8)) do
    giveUp(process, placeOf(process))
  end
end

-- What those before a place will take, by dimension: of the place of a member, or of a new one of that priority.
local function aheadOf(member, priority)
  local count = member and redis.call('ZRANK', order, member)
    or redis.call('ZCOUNT', order, '-inf', string.format('%.17g', -priority))
  if count == 0 then
    return nil
  end
  local sums, first = {}, redis.call('ZRANGE', order, 0, math.min(count, exact) - 1)
  for k, each in ipairs(first) do
    first[k] = string.sub(each, 17)
  end
  for d = 1, dimensions do
    sums[d] = 0
  end
  for _, packed in ipairs(redis.call('HMGET', places, unpack(first))) do
    if packed then
      local place = { cmsgpack.unpack(packed) }
      for d = 1, dimensions do
        sums[d] = sums[d] + place[2 + d]
      end
    end
  end
  for d = 1, dimensions do
    sums[d] = sums[d] * count / #first
  end
  return sums
end

-- Keeps a place for what comes next: the one that the process has, or one behind all others of its priority.
local function keep(process, place, priority, costs, offset, lease)
  if not place then
    seats = seats + 1
    place = { string.format('%016.0f', seats) .. process }
  end
  if place[2] ~= priority then
    redis.call('ZADD', order, string.format('%.17g', -priority), place[1])
  end
  redis.call('ZADD', leases, string.format('%.0f', now + lease), process)
  redis.call('HSET', places, process, cmsgpack.pack(place[1], priority, unpack(costs, offset + 1, offset + dimensions)))
  keptUntil = math.max(keptUntil, now + lease)
  for k = 2, 4 do
    expire(KEYS[k], keptUntil - now + 1000)
  end
end

-- How long a process has to wait for its turn, in ms; -1 if it has no place.
local function waitOf(process)
  local place = placeOf(process)
  return place and waiting(due(place, 2, aheadOf(place[1], place[2])) - now) or -1
end
`;
