/**
 * Grants what fits to a process while no other one waits: in order, and at once to waiters in a row that want the same. To
 * work out where each of them stands would cost much more than the grant. If no waiter is left over, that is all: what else
 * a turn needs is defined behind this.
 *
 * `passed` is how many were granted that way, `runs` are the waiters as arguments.
 */
export const passing = `
local runs, given = given, {}
local stride = width + dimensions
local inFlight, taken, passed = most > 0 and countInFlight() or 0, {}, 0
local function hold(first, count)
  for k = first, most > 0 and first + count - 1 or 0 do
    inFlight = inFlight + 1
    taken[#taken + 1] = process .. ':' .. number .. ':' .. k
  end
end

-- Grants the next so many waiters their costs, if there is room for all of them.
local function grantNext(count, offset)
  local costs = {}
  for d = 1, dimensions do
    costs[d] = count * runs[offset + d]
  end
  if (most > 0 and inFlight + count > most) or not fits(costs, 0) then
    return false
  end
  take(costs, 0)
  hold(passed + 1, count)
  passed = passed + count
  return true
end

local waits = keptUntil > now and redis.call('ZCARD', order) or 0
local isPlaced = waits > 0 and redis.call('HGET', places, process)
local isPassing = not isFair and waits == (isPlaced and 1 or 0)
local run = 0
while isPassing and run < #runs do
  local rest = runs[run + 1]
  local count = rest
  while count > 0 and rest > 0 do
    if grantNext(count, run + 1 + width) then
      rest = rest - count
      count = math.min(count, rest)
    else
      count = math.floor(count / 2)
    end
  end
  isPassing = rest == 0
  run = run + 1 + stride
end
if isPassing and not isPlaced then
  holdUntil(now + flight, taken)
  return answer(passed, {})
end
`;
