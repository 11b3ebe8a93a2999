import type { Redis } from 'ioredis';

/**
 * Fills the windows of the state at a key with one unit in each of so many slots, 5 ms apart, as if that was taken in the
 * time until now. It writes what the scripts of `src/redis/lua` would have written.
 */
const fill = `
local state = { cmsgpack.unpack(redis.call('GET', KEYS[1])) }
local now, entries, step, length = state[4] + tonumber(ARGV[3]), tonumber(ARGV[1]), 5, tonumber(ARGV[2])
state[3], state[4] = state[3] + tonumber(ARGV[3]), now
local meters, levels, capacity = state[6], 1, 8
while capacity < length do
  levels, capacity = levels + 1, capacity * 8
end
for i, w in ipairs(meters) do
  w[1], w[2], w[3], w[4], w[5], w[6] = math.floor(now / length), 0, 0, -1, 0, 0
  local first, sums = now - entries * step, { [0] = {}, {} }
  for k = 0, entries - 1 do
    local slot = first + k * step
    local age = w[1] - math.floor(slot / length)
    local path, of = string.format('%0' .. levels .. 'o', slot % length), sums[(w[1] - age) % 2]
    w[2 + age] = w[2 + age] + 1
    for level = 0, levels - 1 do
      local field = string.sub(path, 1, levels - level)
      of[field] = (of[field] or 0) + 1
    end
  end
  for side = 0, 1 do
    for field, sum in pairs(sums[side]) do
      redis.call('HSET', KEYS[2 * i + side], field, sum)
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
