/**
 * What one limit counts. `WindowMeter` and `BucketMeter` do the same in one process.
 *
 * A window is { used, head, tail, units at the tail, until when the hash is kept }. What was taken in one ms is one entry.
 * The newest, at `tail`, stands here; the older ones are in the hash, each under its time with the time of the next. A
 * bucket is { when it is full, since when it was not found full }, by the generic cell rate algorithm (ITU-T I.371).
 */
export const entries = `
local grain = 1e-6

local function entry(i, at)
  local packed = redis.call('HGET', hashes[i], at)
  if packed then
    return cmsgpack.unpack(packed)
  end
end

-- Drops what was taken a window ago or earlier, but no more than ten thousand entries at once.
local function forget(i, window)
  for _ = 1, 10000 do
    local head = window[2]
    if head < 0 or head + spans[i] > now then
      return
    end
    local units, next
    if window[3] + spans[i] > now then
      units, next = entry(i, head)
    end
    if next then
      redis.call('HDEL', hashes[i], head)
      window[1], window[2] = window[1] - units, next
    else
      -- Only the tail is left, at most. A window without entries is set to exactly 0.
      redis.call('UNLINK', hashes[i])
      local isGone = window[3] + spans[i] <= now
      window[2] = isGone and -1 or window[3]
      window[1] = isGone and 0 or window[4]
    end
  end
end

local function isFull(bucket)
  return math.ceil(bucket[1] - grain) <= now
end
`;

/** Takes units of a limit, now. */
export const taking = `
local function enter(i, window, units)
  local tail = window[3]
  if window[2] < 0 then
    window[2], window[3], window[4] = now, now, 0
  elseif tail ~= now then
    redis.call('HSET', hashes[i], tail, cmsgpack.pack(window[4], now))
    if window[2] == tail or window[5] < now + spans[i] then
      window[5] = now + 2 * spans[i]
      redis.call('PEXPIRE', hashes[i], string.format('%.0f', math.min(2 * spans[i] + 1000, 1e14)))
    end
    window[3], window[4] = now, 0
  end
  window[1], window[4] = window[1] + units, window[4] + units
end

local function fill(i, bucket, units)
  if isFull(bucket) then
    bucket[1], bucket[2] = math.max(bucket[1], now), now
  end
  bucket[1] = bucket[1] - units * spans[i]
end

local function take(costs, offset)
  for i = 1, #meters do
    local change = spans[i] > 0 and enter or fill
    change(i, meters[i], costs[offset + dims[i]])
  end
end
`;

/** Finds out when units will fit. Needs the queue. */
export const planning = `
-- When a window has room for so many units, after all places before have taken theirs.
local function windowDue(i, window, units, ahead)
  forget(i, window)
  local excess = window[1] + units - totals[i] - grain
  for k = 1, ahead do
    excess = excess + queue[k][3 + dims[i]]
  end
  local at, due = window[2], now
  for _ = 1, 1000 do -- if that is not enough, the time so far is one at which to look again
    if excess <= 0 or at < 0 then
      break
    end
    due = at + spans[i]
    if at == window[3] then
      excess, at = excess - window[4], -1
    else
      local left, next = entry(i, at)
      excess, at = excess - (left or 0), next or window[3]
    end
  end
  for k = 1, ahead do
    if excess <= 0 or at >= 0 then
      break
    end
    due = math.max(now, queue[k][2]) + spans[i]
    excess = excess - queue[k][3 + dims[i]]
  end
  -- The end was not reached: all entries that were walked past have expired, but it does not fit now.
  return excess > 0 and math.max(due, now + 1) or due
end

local function bucketDue(i, bucket, units, ahead)
  local fullAt = bucket[1]
  for k = 1, ahead do
    fullAt = math.max(fullAt, now, queue[k][2]) - queue[k][3 + dims[i]] * spans[i]
  end
  -- More than it ever holds waits until it is full: by then a bucket that headers told of is gone.
  return math.max(fullAt, now) - math.min(0, units - totals[i]) * spans[i]
end

-- The first ms at which so much can be granted behind so many places.
local function due(costs, offset, ahead)
  local at = math.max(now, paused, ahead > 0 and queue[ahead][2] or 0)
  for i = 1, #meters do
    local find = spans[i] > 0 and windowDue or bucketDue
    at = math.max(at, find(i, meters[i], costs[offset + dims[i]], ahead))
  end
  return math.ceil(at - grain)
end
`;
