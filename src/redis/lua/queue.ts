/** What the end of a call changes for those who wait. */
export const ending = `
-- A call comes to more or less than was taken for it.
local function pay(who, more)
  if who ~= '' and more ~= 0 and not redis.call('ZADD', shares, 'XX', 'INCR', string.format('%.17g', more), who) and more > 0 then
    redis.call('ZADD', shares, string.format('%.17g', virtual + more), who)
    expire(shares, math.max(60000, keptUntil - now) + 1000)
  end
end

local function finish(permit)
  if permit ~= '' and redis.call('ZREM', flights, permit) > 0 then
    freed = now
  end
end
`;

/**
 * The queue before the server. A process is granted something only when it asks, so every grant is checked against the
 * limits of that moment. What the places before it will take is kept for them. If there is still room, it need not be the
 * first: so a dead process does not hold up the others.
 *
 * A process with waiting calls has one place, or, where tenants share the queue, one for each tenant of its own. Who pays
 * for a place is the process, or the tenant: by cost, by start-time fair queueing. What each payer has had, in virtual
 * time, is in the sorted set of shares, unless that has passed.
 *
 * The order is a sorted set, with what is below 0 by the priority as score. A member is the tag, the seat, the process and
 * the tenant: lower tags go first, then lower seats. A process's tag is when it starts, a tenant's when it is done. The
 * leases are another sorted set: until when a process keeps its places. The places are a hash, see `placesOf`.
 */
export const queue = `
-- So many places are added up one by one; those behind them count as what these cost in the mean.
local exact = 8
-- Behind the tag and the seat, in a member of the order.
local head = 39

local function memberOf(tag, seat, id)
  return string.format('%026.12f%012.0f', math.min(tag, 1e12), seat) .. id
end

-- Virtual time as a member has it, so that what is equal is found to be equal.
local function rounded(time)
  return tonumber(string.format('%.12f', time))
end

-- The places of a process: { member, score, start, step, who pays, the most in flight, cost by dimension, how many go
-- before lower priorities, their cost by dimension }. Where tenants share the queue, the field of the process has the
-- names of the fields of its places. Costs of several are there where more than one goes.
local function placesOf(process)
  local packed = redis.call('HGET', places, process)
  local first = packed and cmsgpack.unpack(packed)
  if type(first) ~= 'table' then
    return packed and { { cmsgpack.unpack(packed) } } or {}
  end
  local found = {}
  for _, each in ipairs(redis.call('HMGET', places, unpack(first))) do
    found[#found + 1] = each and { cmsgpack.unpack(each) } or nil
  end
  return found
end

local function giveUp(process, its)
  for _, place in ipairs(its) do
    redis.call('ZREM', order, place[1])
    redis.call('HDEL', places, string.sub(place[1], head))
  end
  redis.call('HDEL', places, process)
  redis.call('ZREM', leases, process)
end

-- Drops processes whose lease is over: they have not asked for so long. Returns when the next lease of another one ends.
local function dropAbsent(process)
  local first = redis.call('ZRANGE', leases, 0, 1, 'WITHSCORES')
  if #first > 0 and tonumber(first[2]) <= now then
    for _, absent in ipairs(redis.call('ZRANGEBYSCORE', leases, '-inf', now, 'LIMIT', 0, 8)) do
      giveUp(absent, placesOf(absent))
    end
    first = redis.call('ZRANGE', leases, 0, 1, 'WITHSCORES')
  end
  return tonumber(first[1] == process and first[4] or first[2]) or math.huge
end

-- A place as it is compared with others.
local function standing(place, score)
  return {
    score = score, tag = tonumber(string.sub(place[1], 1, 26)), seat = tonumber(string.sub(place[1], 27, head - 1)),
    start = place[3], step = place[4], who = place[5], costs = place, offset = 6,
  }
end

-- The first places of other processes.
local function othersThan(process)
  local first, ids, scores = redis.call('ZRANGE', order, 0, exact - 1, 'WITHSCORES'), {}, {}
  for k = 1, #first, 2 do
    if string.sub(first[k], head, head + 11) ~= process then
      ids[#ids + 1], scores[#ids + 1] = string.sub(first[k], head), tonumber(first[k + 1])
    end
  end
  local line = {}
  for k, packed in ipairs(#ids > 0 and redis.call('HMGET', places, unpack(ids)) or {}) do
    line[#line + 1] = packed and standing({ cmsgpack.unpack(packed) }, scores[k]) or nil
  end
  return line
end

local function precedes(one, other)
  if one.score ~= other.score then
    return one.score < other.score
  end
  return one.tag < other.tag or one.tag == other.tag and one.seat < other.seat
end

local function cameFirst(one, other)
  return one.score < other.score or one.score == other.score and one.seat < other.seat
end

local finishes = {}
local function finishOf(who)
  finishes[who] = finishes[who] or tonumber(redis.call('ZSCORE', shares, who) or 0)
  return finishes[who]
end

-- When each place of a tenant will be done, if they are served in the order in which they came.
local function tag(each)
  table.sort(each, cameFirst)
  local finish = finishOf(each[1].who)
  for _, one in ipairs(each) do
    finish = rounded(math.max(one.start, finish) + one.step)
    one.tag, one.gap = finish, one.step * #each
  end
end

-- The tenants' places may be tagged by what they had before: tags them by what they have had by now.
local function tagAll(line, mine)
  local tenants, names = {}, {}
  for _, list in ipairs({ line, mine }) do
    for _, one in pairs(list) do
      if not tenants[one.who] then
        tenants[one.who], names[#names + 1] = {}, one.who
      end
      table.insert(tenants[one.who], one)
    end
  end
  for k, score in ipairs(#names > 0 and redis.call('ZMSCORE', shares, unpack(names)) or {}) do
    finishes[names[k]] = tonumber(score or 0)
    tag(tenants[names[k]])
  end
  return tenants
end

local function firstOf(mine)
  local first
  for _, one in pairs(mine) do
    first = (not first or precedes(one, first)) and one or first
  end
  return first
end

-- How many of those for whom a place stands go before one: all of a higher priority, and of a tenant as many as its weight
-- says. Processes that share no tenants take one turn each.
local function turnsBefore(other, one)
  local all = other.costs[7 + dimensions]
  if other.score < one.score then
    return all
  end
  local isOfAnother = (other.gap or 0) > 0 and other.who ~= one.who
  return isOfAnother and math.min(all, math.max(1, math.ceil((one.tag - other.tag) / other.gap - 1e-9))) or 1
end

-- What those before one will take, by dimension, and how many they are. count: of the places of others.
local function aheadOf(one, line, count)
  local sums, before, places = nil, 0, 0
  for _, other in ipairs(line) do
    if precedes(other, one) then
      local n = turnsBefore(other, one)
      sums, before, places = sums or {}, before + n, places + 1
      for d = 1, dimensions do
        local cost = n == 1 and other.costs[6 + d] or other.costs[7 + dimensions + d] * n / other.costs[7 + dimensions]
        sums[d] = (sums[d] or 0) + cost
      end
    end
  end
  if places > 0 and places == #line and count > places then
    local rank = one.member and redis.call('ZRANK', order, one.member) or count
    local times = math.min(count, math.max(places, rank)) / places
    for d = 1, dimensions do
      sums[d] = sums[d] * times
    end
    before = before * times
  end
  return sums, before
end
`;

/**
 * Which calls are in flight: a sorted set of permits by the ends of their leases. The processes renew them; what is not
 * renewed was held by a process that is gone.
 */
export const flights = `
local function countInFlight()
  if redis.call('ZREMRANGEBYSCORE', flights, '-inf', now) > 0 then
    freed = now
  end
  return redis.call('ZCARD', flights)
end

local function holdUntil(at, permits)
  if #permits == 0 then
    return
  end
  local members = {}
  for k, permit in ipairs(permits) do
    members[2 * k - 1], members[2 * k] = string.format('%.0f', at), permit
  end
  redis.call('ZADD', flights, unpack(members))
  keptUntil = math.max(keptUntil, at)
  expire(flights, keptUntil - now + 1000)
end

-- After how many ms it is worth asking again whether a call has ended: nobody tells. The longer none has, the rarer.
local function lookAfter(before)
  return math.min(1000, math.ceil(math.max(5, (now - freed) / 20) * (before + 1)))
end
`;

/** How long a process that has asked before has to wait. */
export const foreseeing = `
-- How long a process has to wait for its turn, in ms; -1 if it has no place, -2 if calls in flight hold it up.
local function waitOf(process)
  local mine, held = {}, placesOf(process)
  for k, place in ipairs(held) do
    mine[k] = standing(place, place[2])
    mine[k].member = place[1]
  end
  local line = #mine > 0 and othersThan(process) or {}
  if #mine > 0 and mine[1].who ~= process then
    tagAll(line, mine)
  end
  local first = firstOf(mine)
  if not first then
    return -1
  end
  local ahead, before = aheadOf(first, line, redis.call('ZCARD', order) - #mine)
  local most = first.costs[6]
  if most > 0 and countInFlight() + before >= most then
    return -2
  end
  return waiting(due(first.costs, first.offset, ahead) - now)
end
`;
