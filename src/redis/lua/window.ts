/**
 * What was taken of a rolling window, so that any sum and any time is found in O(log n).
 *
 * Time is cut into slots: of 1 ms, or of a 86,400th of a window that is longer than an hour. As many slots as a window
 * has make a generation. What counts is in the generation of now and in the one before, so there are two hashes in turn,
 * and nothing has to be cleaned away: a hash is dropped as a whole when its generation but one begins.
 *
 * A hash is a tree of sums with eight branches at each node. A slot is the field with its number in octal digits, and a
 * node above it has the first of these digits: making a text of a number is slow, cutting one is not. For slots that are
 * longer than a ms, `t:` and the number is when the last unit of a slot was taken, from which the slot counts.
 *
 * A window is { generation, units of it, units of the one before, the newest slot, its units, when they were last taken, and
 * the node in which somebody found last when so many units are free: its generation, its name, the sum before it, its sum }.
 * The newest slot is not yet in the hash: what is taken in one ms is written once.
 */
export const window = `
local grain = 1e-6
-- What sums of fractions leave over. Much less than the grain, or a slot in which nothing is would free a millionth.
local dust = 1e-9
local digits = { '0', '1', '2', '3', '4', '5', '6', '7' }
local sizes, lengths, levels, used, expired = {}, {}, {}, {}, {}
for i = 1, limits do
  if spans[i] > 0 then
    sizes[i] = spans[i] > 3600000 and spans[i] / 86400 or 1
    lengths[i] = math.ceil(spans[i] / sizes[i] - grain)
    local capacity, count = 8, 1
    while capacity < lengths[i] do
      capacity, count = capacity * 8, count + 1
    end
    levels[i] = count
  end
end

local function pathOf(i, slot)
  return string.format('%0' .. levels[i] .. 'o', slot)
end

local function add(i, hash, slot, units)
  local text, path = string.format('%.17g', units), pathOf(i, slot)
  for length = 1, levels[i] do
    redis.call('HINCRBYFLOAT', hash, string.sub(path, 1, length), text)
  end
  expire(hash, 2 * spans[i] + 1000)
end

-- The sum of all slots before this one.
local function before(i, hash, slot)
  local path, fields, sum = pathOf(i, slot), {}, 0
  for length = 1, levels[i] do
    local parent = string.sub(path, 1, length - 1)
    for k = 1, string.byte(path, length) - 48 do
      fields[#fields + 1] = parent .. digits[k]
    end
  end
  for _, units in ipairs(#fields > 0 and redis.call('HMGET', hash, unpack(fields)) or fields) do
    sum = sum + (tonumber(units) or 0)
  end
  return sum
end

-- The first slot with which the sum reaches so much; nothing if all are less. The node of 512 slots in which it is found is
-- remembered: who is refused asks again for about as much.
local function reaching(i, hash, generation, target)
  local w, path, passed = meters[i], '', 0
  if w[7] == generation and target - dust > w[9] and target - dust <= w[9] + w[10] then
    path, passed, target = w[8], w[9], target - w[9]
  end
  for length = #path + 1, levels[i] do
    local fields, found = {}, nil
    for k = 1, 8 do
      fields[k] = path .. digits[k]
    end
    for k, units in ipairs(redis.call('HMGET', hash, unpack(fields))) do
      local sum = tonumber(units) or 0
      if sum >= target - dust then
        found = fields[k]
        if length == levels[i] - 3 then
          w[7], w[8], w[9], w[10], isNews = generation, found, passed, sum, true
        end
        break
      end
      target, passed = target - sum, passed + sum
    end
    if not found then
      return nil
    end
    path = found
  end
  return tonumber(path, 8)
end

-- Goes on to the generation of now.
local function roll(i)
  local w, generation = meters[i], math.floor(now / sizes[i] / lengths[i])
  if w[1] ~= generation then
    w[3] = w[1] + 1 == generation and w[2] or 0
    redis.call('UNLINK', hashes[i][generation % 2])
    if w[1] + 1 ~= generation then
      redis.call('UNLINK', hashes[i][(generation + 1) % 2])
    end
    w[1], w[2] = generation, 0
  end
  return w
end

-- Adds to a slot of the hashes that counts still.
local function change(i, w, slot, units)
  local generation = math.floor(slot / lengths[i])
  local age = w[1] - generation
  if age <= 1 then
    w[2 + age] = w[2 + age] + units
    local hash, index = hashes[i][generation % 2], slot - generation * lengths[i]
    add(i, hash, index, units)
    local node = w[7] == generation and string.sub(pathOf(i, index), 1, #w[8])
    if node and node < w[8] then
      w[9] = w[9] + units
    elseif node == w[8] then
      w[10] = w[10] + units
    end
    return hash, index
  end
end

-- What is used. What has expired of the generation before is found once a script.
local function usedOf(i)
  if not used[i] then
    local w = roll(i)
    expired[i] = 0
    if w[3] ~= 0 then
      local hash, start = hashes[i][(w[1] + 1) % 2], (w[1] - 1) * lengths[i]
      local slot = math.floor((now - spans[i]) / sizes[i])
      local last = sizes[i] > 1 and tonumber(redis.call('HGET', hash, 't:' .. slot - start) or '') or slot * sizes[i]
      local count = slot - start + (last <= now - spans[i] and 1 or 0)
      if count > 0 then
        expired[i] = count < lengths[i] and before(i, hash, count) or w[3]
      end
    end
    used[i] = w[2] + w[3] - expired[i] + (w[6] + spans[i] > now and w[5] or 0)
  end
  return used[i]
end

-- When so many of the units that are used have expired. Where a hash was evicted, it takes all for new.
local function freeAt(i, units)
  local w, generation = meters[i], nil
  local rest = w[3] - expired[i]
  if units - dust <= rest then
    generation, units = w[1] - 1, units + expired[i]
  elseif units - dust <= rest + w[2] then
    generation, units = w[1], units - rest
  else
    return w[6] + spans[i]
  end
  local hash, start = hashes[i][generation % 2], generation * lengths[i]
  local index = reaching(i, hash, generation, units)
  local at = index and sizes[i] > 1 and tonumber(redis.call('HGET', hash, 't:' .. index) or '')
  return (at or index and math.min((start + index) * sizes[i], now) or now) + spans[i]
end

local function enter(i, units)
  local w, slot = roll(i), math.floor(now / sizes[i])
  if w[4] ~= slot then
    if w[5] ~= 0 and w[6] + spans[i] > now then
      local hash, index = change(i, w, w[4], w[5])
      if hash and sizes[i] > 1 then
        redis.call('HSET', hash, 't:' .. index, w[6])
      end
    end
    w[4], w[5] = slot, 0
  end
  w[5], w[6] = w[5] + units, now
  used[i] = used[i] and used[i] + units
end
`;
