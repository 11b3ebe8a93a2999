/**
 * Makes a grant count as more or less. While the grant is in a window, that counts at the moment of the grant. Later,
 * less changes nothing, and more counts from now on. The level of a bucket moves now, but nothing goes back if the
 * bucket has been full since the grant. In a period a grant counts until that ends. The grant of a state that was lost is
 * treated as one that has left its window.
 */
export const correcting = `
local function correctWindow(i, at, units)
  local w = roll(i)
  if not at or at + spans[i] <= now then
    if units > 0 then
      enter(i, units)
    end
    return
  end
  local slot = math.floor(at / sizes[i])
  used[i] = used[i] and used[i] + units
  if slot == w[4] then
    w[5] = w[5] + units
  else
    change(i, w, slot, units)
  end
end

local function correctBucket(i, at, units)
  local bucket = meters[i]
  if units > 0 or (at and at >= bucket[2] and not isFull(bucket)) then
    fill(i, units)
  end
end

local function correctPeriod(i, at, units)
  local period = meters[i]
  if units > 0 or (at and at >= period[3]) then
    period[2] = math.max(0, period[2] + units)
  end
end

local function correct(at, changes, offset)
  for i = 1, #meters do
    local units = changes[offset + dims[i]]
    if units ~= 0 then
      of(i, correctWindow, correctBucket, correctPeriod)(i, at, units)
    end
  end
end
`;
