import type { Redis } from 'ioredis';

/**
 * Fills the windows of the state at a key with one unit in each of so many slots, 5 ms apart, as if that was taken in the
 * time until now. It writes what the scripts of `src/redis/lua` would have written.
 */
const fill = `
local state = { cmsgpack.unpack(redis.call('GET', KEYS[1])) }
local now, entries, step, length = state[4] + tonumber(ARGV[3]), tonumber(ARGV[1]), 5, tonumber(ARGV[2])
state[3], state[4] = state[3] + tonumber(ARGV[3]), now
local meters, levels, capacity = state[6], 1, 16
while capacity < length do
  levels, capacity = levels + 1, capacity * 16
end
for i, w in ipairs(meters) do
  w[1], w[2], w[3], w[4], w[5], w[6], w[7] = math.floor(now / length), 0, 0, -1, 0, 0, 0
  local first, nodes = now - entries * step, { [0] = {}, {} }
  for k = 0, entries - 1 do
    local slot = first + k * step
    local age = w[1] - math.floor(slot / length)
    local path, of = string.format('%0' .. levels .. 'x', slot % length), nodes[(w[1] - age) % 2]
    w[2 + age] = w[2 + age] + 1
    for level = 1, levels do
      local name, branch = string.sub(path, 1, level - 1), tonumber(string.sub(path, level, level), 16) + 1
      local sums = of[name] or {}
      for empty = #sums + 1, branch do
        sums[empty] = 0
      end
      sums[branch], of[name] = sums[branch] + 1, sums
    end
  end
  for side = 0, 1 do
    for name, sums in pairs(nodes[side]) do
      for k = 2, #sums do
        sums[k] = sums[k] + sums[k - 1]
      end
      redis.call('HSET', KEYS[2 * i + side], name, struct.pack('<' .. string.rep('d', #sums), unpack(sums)))
    end
  end
end
redis.call('SET', KEYS[1], cmsgpack.pack(unpack(state)))
`;

/** @param window In ms; at most an hour, and longer than 5 ms for each entry. */
export async function fillWindows(
  redis: Redis,
  key: string,
  room: string,
  entries: number,
  window: number,
): Promise<void> {
  const names = (await redis.keys(`{${key}}:${room}:*`)).sort((one, other) => one.length - other.length);
  const base = names[0]!;
  const windows = base.split(',').length;
  const hashes = Array.from({ length: 2 * windows }, (_, index) => `${base}:${index + 1}`);
  await redis.eval(fill, 1 + hashes.length, base, ...hashes, entries, window, Math.round(1.4 * window));
}
