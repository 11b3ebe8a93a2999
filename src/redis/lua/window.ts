/**
 * What was taken of a rolling window, so that any sum and any time is found in O(log n).
 *
 * Time is cut into slots: of 1 ms, or of a 86,400th of a window that is longer than an hour. As many slots as a window
 * has make a generation. What counts is in the generation of now and in the one before, so there are two hashes in turn,
 * and nothing has to be cleaned away: a hash is dropped as a whole when its generation but one begins.
 *
 * A hash is a tree with sixteen branches at each node. A node is one field: for each of its branches what was taken in that
 * and those before it, packed, up to the last in which something was. Its name is what the numbers of its slots begin with in
 * hexadecimal digits, so the one at the top has none. For slots that are longer than a ms, `t:` and the number is when the last unit of
 * a slot was taken, from which the slot counts.
 *
 * A window is { generation, units of it, units of the one before, the newest slot, its units, when they were last taken,
 * how many of those before were found to have expired last }. The newest slot is not yet in the hash: what is taken in one
 * ms is written once. What has expired only grows, so that nobody has to look into the hash where there is room anyway.
 */
export const window = `
local grain = 1e-6
-- What sums of fractions leave over. Much less than the grain, or a slot in which nothing is would free a millionth.
local dust = 1e-9
local sizes, lengths, levels, used, expired = {}, {}, {}, {}, {}
for i = 1, limits do
  if spans[i] > 0 then
    sizes[i] = spans[i] > 3600000 and spans[i] / 86400 or 1
    lengths[i] = math.ceil(spans[i] / sizes[i] - grain)
    local capacity, count = 16, 1
    while capacity < lengths[i] do
      capacity, count = capacity * 16, count + 1
    end
    levels[i] = count
  end
end

-- The nodes on the way to a slot, from the top on, and how many branches go before it in each.
local function wayTo(i, slot)
  local path, names, earlier = string.format('%0' .. levels[i] .. 'x', slot), {}, {}
  for level = levels[i], 1, -1 do
    names[level], earlier[level] = string.sub(path, 1, level - 1), slot % 16
    slot = math.floor(slot / 16)
  end
  return names, earlier
end

-- The sum of the first branches of a node.
local function sumOf(node, branches)
  local last = 8 * math.min(branches, node and #node / 8 or 0)
  return last > 0 and struct.unpack('<d', node, last - 7) or 0
end

local function add(i, hash, slot, units)
  local names, earlier = wayTo(i, slot)
  local fields, isKept = {}, false
  for level, node in ipairs(redis.call('HMGET', hash, unpack(names))) do
    local count, branch = node and #node / 8 or 0, earlier[level] + 1
    local parts = { string.sub(node or '', 1, 8 * branch - 8) }
    for k = math.min(count + 1, branch), math.max(count, branch) do
      parts[#parts + 1] = struct.pack('<d', sumOf(node, k) + (k < branch and 0 or units))
    end
    isKept = isKept or node
    fields[2 * level - 1], fields[2 * level] = names[level], table.concat(parts)
  end
  redis.call('HSET', hash, unpack(fields))
  if not isKept then
    expire(hash, 2 * spans[i] + 1000)
  end
end

-- The sum of all slots before this one.
local function before(i, hash, slot)
  local names, earlier = wayTo(i, slot)
  local sum = 0
  for level, node in ipairs(redis.call('HMGET', hash, unpack(names))) do
    sum = sum + sumOf(node, earlier[level])
  end
  return sum
end

-- The first slot with which the sum reaches so much; nothing if all are less.
local function reaching(i, hash, target)
  local path = ''
  for _ = 1, levels[i] do
    local node, branch = redis.call('HGET', hash, path), 1
    local count = node and #node / 8 or 0
    while branch <= count and sumOf(node, branch) < target - dust do
      branch = branch + 1
    end
    if branch > count then
      return nil
    end
    target, path = target - sumOf(node, branch - 1), path .. string.format('%x', branch - 1)
  end
  return tonumber(path, 16)
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
    w[1], w[2], w[7] = generation, 0, 0
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
      w[7] = expired[i]
    end
    used[i] = w[2] + w[3] - expired[i] + (w[6] + spans[i] > now and w[5] or 0)
  end
  return used[i]
end

-- Whether there is certainly so much room, by what was found out before.
local function surelyHas(i, units)
  local w = roll(i)
  return (used[i] or w[2] + w[3] - w[7] + w[5]) + units - totals[i] <= grain
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
  local index = reaching(i, hash, units)
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
