/** A bucket is { when it is full, since when it was not found full }, by the generic cell rate algorithm (ITU-T I.371). */
export const taking = `
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

local function take(costs, offset)
  for i = 1, #meters do
    local move = spans[i] > 0 and enter or fill
    move(i, costs[offset + dims[i]])
  end
end
`;

/** Finds out when units will fit. */
export const planning = `
-- When a window has room for so many units: what is more than the window comes whole windows later.
local function windowDue(i, units)
  local total, later = totals[i], 0
  if units > total + grain then
    later = math.ceil((units - grain) / total) - 1
    units = units - later * total
  end
  local excess = usedOf(i) + units - total - grain
  return (excess > 0 and math.max(freeAt(i, excess), now + 1) or now) + later * spans[i]
end

-- More than a bucket ever holds waits until it is full: by then a bucket that headers told of is gone.
local function bucketDue(i, units, ahead)
  return math.max(meters[i][1], now) - ahead * spans[i] - math.min(0, units - totals[i]) * spans[i]
end

-- Whether so much can be granted now.
local function fits(costs, offset)
  for i = 1, #meters do
    local units = costs[offset + dims[i]]
    local is = spans[i] > 0 and usedOf(i) + units - totals[i] <= grain
      or spans[i] < 0 and bucketDue(i, units, 0) - grain <= now
    if not is then
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
    local units, before = costs[offset + d], ahead and ahead[d] or 0
    at = math.max(at, spans[i] > 0 and windowDue(i, units + before) or bucketDue(i, units, before))
  end
  return math.ceil(at - grain)
end
`;
