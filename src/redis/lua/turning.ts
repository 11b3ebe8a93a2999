/**
 * Grants as many of a process's waiters as fit, the next ones first, and keeps the process's places.
 *
 * `heads` has for each payer its next waiter as it stands among all. Nothing is charged while one process is alone and
 * tenants do not share the queue: it would only have to wait for itself.
 */
export const turning = `
for run = 0, #runs - 1, 1 + stride do
  for _ = 1, runs[run + 1] do
    for part = 2, 1 + stride do
      given[#given + 1] = runs[run + part]
    end
  end
end
local queues, nexts, heads, held = {}, {}, {}, {}
for payer = 1, #names do
  queues[payer], nexts[payer] = {}, passed + 1
end
for k = 1, #given / stride do
  local queue = queues[isFair and given[(k - 1) * stride + 1] or 1]
  queue[#queue + 1] = k
end

local count = redis.call('ZCARD', order)
local mine = count > 0 and placesOf(process) or {}
local last = -math.huge
for k = 1, count > #mine and #given / stride or 0 do
  last = math.max(last, aged - given[(k - 1) * stride + width])
end
-- Nobody is looked at who goes behind all of these.
local preceding = count > #mine and redis.call('ZCOUNT', order, '-inf', string.format('%.17g', last)) or 0
for _, place in ipairs(mine) do
  preceding = preceding - (place[2] <= last and 1 or 0)
end
local line = preceding > 0 and othersThan(process) or {}
count = count - #mine
local isCharged = isFair or count > 0
for _, place in ipairs(passed == 0 and mine or {}) do
  held[place[5]] = place
end

-- The largest part of a limit that a cost takes; without limits every call counts the same.
local function shareOf(offset)
  local share = limits == 0 and 1 or 0
  for i = 1, limits do
    share = math.max(share, given[offset + dims[i]] / totals[i])
  end
  return share
end

-- The next waiter of a payer stands where its place is, or behind all others that come before it.
local function stand(payer)
  local k, who = queues[payer][nexts[payer]], names[payer]
  if not k then
    heads[payer] = nil
    return
  end
  local offset, place = (k - 1) * stride + width, held[who]
  local seat = place and tonumber(string.sub(place[1], 27, head - 1))
  if not seat then
    seats = seats + 1
    seat = seats
  end
  local one = {
    payer = payer, k = k, who = who, score = aged - given[offset], tag = 0, seat = seat, costs = given, offset = offset,
    start = place and place[3] or virtual, step = isCharged and shareOf(offset) / weights[payer] or 0,
  }
  if not isFair then
    one.tag = place and tonumber(string.sub(place[1], 1, 26)) or math.max(one.start, isCharged and finishOf(who) or 0)
  end
  one.member = place and place[2] == one.score and place[1]
  heads[payer] = one
end

for payer = 1, #names do
  stand(payer)
end
local tenants = isFair and tagAll(line, heads)

local granted, charged, stuck = {}, {}, nil
local function charge(one)
  -- A process that comes late to its turn does not make up for it: the others would have to be told otherwise. A tenant
  -- does: virtual time does not go on beyond that of those who are overtaken because their processes are late.
  local start = math.max(isFair and one.start or virtual, finishOf(one.who))
  local passed = start
  for _, other in ipairs(isFair and line or {}) do
    if precedes(other, one) then
      passed = math.min(passed, math.max(other.start, finishOf(other.who)))
    end
  end
  finishes[one.who], charged[one.who] = rounded(start + one.step), true
  virtual = math.max(virtual, passed)
end

-- Takes out a waiter that is granted, and lets the next one of the same payer stand.
local function pass(one)
  held[one.who] = nil
  nexts[one.payer] = nexts[one.payer] + 1
  stand(one.payer)
  if isFair then
    local rest = { heads[one.payer] }
    for _, other in ipairs(tenants[one.who]) do
      rest[#rest + 1] = other ~= one and other or nil
    end
    tenants[one.who] = rest
    if #rest > 0 then
      tag(rest)
    end
  end
end

for one in function() return firstOf(heads) end do
  local ahead, before = aheadOf(one, line, count)
  local at = due(given, one.offset, ahead)
  local isHeld = most > 0 and inFlight + before >= most
  if at > now or isHeld then
    -- Who stands before may change where tenants share the queue: then only the own cost is foreseen.
    wait = (isFair and ahead and due(given, one.offset) or at) - now
    wait = wait < math.huge and wait or -2
    look = isHeld and math.max(at - now, lookAfter(before)) or at - now
    stuck = one
    break
  end
  take(given, one.offset)
  granted[#granted + 1] = one.k
  hold(one.k, 1)
  if isCharged then
    charge(one)
  end
  pass(one)
  -- Those of other tenants have to wait for the ones that are not named.
  if not heads[one.payer] and isFair and rests[one.payer] > 0 then
    break
  end
end
holdUntil(now + flight, taken)

local function keep(one)
  local place = { '', one.score, one.start, one.step, one.who, most, unpack(given, one.offset + 1, one.offset + dimensions) }
  -- With ageing, those behind the first are not before all whom the first precedes.
  local queue, all = queues[one.payer], 7 + dimensions
  place[all] = 1
  for k = nexts[one.payer] + 1, aged == 0 and #queue or 0 do
    local offset = (queue[k] - 1) * stride + width
    if given[offset] == given[one.offset] then
      place[all] = place[all] + 1
      for d = 1, dimensions do
        place[all + d] = (place[all + d] or given[one.offset + d]) + given[offset + d]
      end
    end
  end
  local id = isFair and process .. ':' .. one.who or process
  local member = memberOf(one.tag, one.seat, id)
  local old = held[one.who]
  if not old or old[1] ~= member or old[2] ~= one.score then
    redis.call('ZADD', order, string.format('%.17g', one.score), member)
  end
  if old and old[1] ~= member then
    redis.call('ZREM', order, old[1])
  end
  place[1] = member
  redis.call('HSET', places, id, cmsgpack.pack(unpack(place, 1, #place)))
  return id
end

if wait >= 0 and mayStay then
  local ids, kept = {}, {}
  for _, one in pairs(heads) do
    ids[#ids + 1] = keep(one)
    kept[ids[#ids]] = true
  end
  for _, place in ipairs(mine) do
    local id = string.sub(place[1], head)
    if held[place[5]] ~= place then
      redis.call('ZREM', order, place[1])
    end
    if not kept[id] then
      redis.call('ZREM', order, place[1])
      redis.call('HDEL', places, id)
    end
  end
  if isFair then
    redis.call('HSET', places, process, cmsgpack.pack(ids))
  end
  redis.call('ZADD', leases, string.format('%.0f', now + lease), process)
  keptUntil = math.max(keptUntil, now + lease)
  for k = 2, 4 do
    expire(KEYS[k], keptUntil - now + 1000)
  end
elseif #mine > 0 then
  giveUp(process, mine)
end

local tags = {}
for who in pairs(charged) do
  tags[#tags + 1], tags[#tags + 2] = string.format('%.17g', finishes[who]), who
end
if #tags > 0 then
  redis.call('ZADD', shares, unpack(tags))
  -- Who waits may stand there since an earlier virtual time, and still has had what was had then.
  local passed = virtual - (count == 0 and not stuck and 0 or 100)
  redis.call('ZREMRANGEBYSCORE', shares, '-inf', string.format('%.17g', passed))
  expire(shares, math.max(60000, keptUntil - now) + 1000)
end
`;
