/**
 * A bucket is { when it is full, since when it was not found full }, by the generic cell rate algorithm (ITU-T I.371). A
 * period is { when it ends by the server's clock, what was taken in it, since when it is known }.
 */
export const taking = `
-- What is done with a limit of that kind.
local function of(i, window, bucket, period)
  return spans[i] > 0 and window or spans[i] < 0 and bucket or period
end

local function isFull(bucket)
  return math.ceil(bucket[1] - grain) <= now
end

local function fill(i, units)
  local bucket = meters[i]
  if isFull(bucket) then
    bucket[1], bucket[2] = math.max(bucket[1], now), now
  end
  bucket[1] = bucket[1] - units * spans[i]
end

local function count(i, units)
  meters[i][2] = meters[i][2] + units
end

local function take(costs, offset)
  for i = 1, #meters do
    of(i, enter, fill, count)(i, costs[offset + dims[i]])
  end
end
`;

/** Finds out when units will fit. */
export const planning = `
-- Where a period ends that is all time.
local forever = 9007199254740991

-- When a window has room for so many units: what is more than the window comes whole windows later.
local function windowDue(i, units, ahead)
  local total, later = totals[i], 0
  units = units + ahead
  if units > total + grain then
    later = math.ceil((units - grain) / total) - 1
    units = units - later * total
  end
  if surelyHas(i, units) then
    return now + later * spans[i]
  end
  local excess = usedOf(i) + units - total - grain
  return (excess > 0 and math.max(freeAt(i, excess), now + 1) or now) + later * spans[i]
end

-- More than a bucket ever holds waits until it is full: by then a bucket that headers told of is gone.
local function bucketDue(i, units, ahead)
  return math.max(meters[i][1], now) - ahead * spans[i] - math.min(0, units - totals[i]) * spans[i]
end

-- When a period has room for so many units: never if all time has none, whoever else waits for it.
local function periodDue(i, units, ahead)
  local ending, room = meters[i][1], totals[i] - meters[i][2] + grain
  if ending >= forever then
    return units <= room and now or math.huge
  end
  if units + ahead <= room then
    return now
  end
  local isNext = units + ahead <= math.max(0, room) + totals[i]
  return now + (isNext and ending or math.max(ending, periods[i][3])) - wall
end

local function fitsWindow(i, units)
  return surelyHas(i, units) or usedOf(i) + units - totals[i] <= grain
end

local function fitsBucket(i, units)
  return bucketDue(i, units, 0) - grain <= now
end

local function fitsPeriod(i, units)
  return meters[i][2] + units - totals[i] <= grain
end

-- Whether so much can be granted now, as one.
local function fits(costs, offset)
  for i = 1, #meters do
    local units = costs[offset + dims[i]]
    if units > totals[i] or not of(i, fitsWindow, fitsBucket, fitsPeriod)(i, units) then
      return false
    end
  end
  return paused <= now
end

-- The first ms at which so much can be granted behind what those ahead will take.
local function due(costs, offset, ahead)
  local at = math.max(now, paused)
  for i = 1, #meters do
    local d = dims[i]
    at = math.max(at, of(i, windowDue, bucketDue, periodDue)(i, costs[offset + d], ahead and ahead[d] or 0))
  end
  return math.ceil(at - grain)
end
`;
