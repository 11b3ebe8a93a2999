/**
 * Makes a grant count as more or less. While the grant is in a window, that counts at the moment of the grant. Later,
 * less changes nothing, and more counts from now on. The level of a bucket moves now, but nothing goes back if the
 * bucket has been full since the grant. The grant of a state that was lost is treated as one that has left its window.
 */
export const correcting = `
local function correctWindow(i, window, at, change)
  forget(i, window)
  if at == window[3] and window[2] >= 0 then
    window[1], window[4] = window[1] + change, window[4] + change
    return
  end
  local units, next
  if at and window[2] >= 0 and at >= window[2] then
    units, next = entry(i, at)
  end
  if next then
    redis.call('HSET', hashes[i], at, cmsgpack.pack(units + change, next))
    window[1] = window[1] + change
  elseif change > 0 then
    enter(i, window, change)
  end
end

local function correctBucket(i, bucket, at, change)
  if change > 0 or (at and at >= bucket[2] and not isFull(bucket)) then
    fill(i, bucket, change)
  end
end

local function correct(at, changes, offset)
  for i = 1, #meters do
    local change = changes[offset + dims[i]]
    if change ~= 0 then
      local move = spans[i] > 0 and correctWindow or correctBucket
      move(i, meters[i], at, change)
    end
  end
end
`;
