import { Script } from '../script';
import { correcting } from './correcting';
import { planning, taking } from './meters';
import { queue } from './queue';
import { state } from './state';
import { window } from './window';

const counting = state + window + taking;
const queueing = counting + planning + queue;

/** The arguments from `lastArg` on as numbers. */
const readNumbers = `
local given = {}
for i = lastArg + 1, #ARGV do
  given[i - lastArg] = tonumber(ARGV[i])
end
`;

/** Drops the buckets of headers that are full again. */
const forgetSynced = `
for k = #synced, 1, -1 do
  if isFull(synced[k]) then
    table.remove(synced, k)
    table.remove(meters, limits + k)
    table.remove(dims, limits + k)
    table.remove(totals, limits + k)
    table.remove(spans, limits + k)
  end
end
`;

/**
 * Grants as many of a process's waiters as fit, the first ones first, and keeps the process's place for the next one.
 *
 * KEYS: what this process was told last. ARGV: the process, the number of its turn, how long its place is kept from now,
 * whether it wants a place, then for each waiter in order its priority and its cost by dimension. Returns how many are
 * granted, how long the next one has to wait (-1: there is none, -2: for ever), the state's birth, the time, after how long the first
 * lease in the queue ends, and other limits on this key. A turn that is asked again says what it said.
 */
export const turn = new Script(
  ['number', 'number', 'number', 'number', 'number', 'text'],
  `${queueing}${forgetSynced}
local process, number = ARGV[lastArg + 1], tonumber(ARGV[lastArg + 2])
local lease, mayStay = tonumber(ARGV[lastArg + 3]), ARGV[lastArg + 4] == '1'
lastArg = lastArg + 4
local told = redis.call('GET', KEYS[lastKey + 1])
if told then
  local last, granted, wait, birth, at = cmsgpack.unpack(told)
  if last == number then
    return { granted, wait, birth, at, 0, '' }
  end
end
dropAbsent()
${readNumbers}
local stride = 1 + dimensions
local asked, granted, wait, mine = #given / stride, 0, -1, placeOf(process)
local ahead, aheadFor = nil, nil
while granted < asked do
  local offset = granted * stride
  local priority = given[offset + 1]
  if aheadFor ~= priority then
    if mine and mine[2] ~= priority then
      redis.call('ZADD', order, string.format('%.17g', -priority), mine[1])
      mine[2] = priority
    end
    ahead, aheadFor = aheadOf(mine and mine[1], priority), priority
  end
  local at = due(given, offset + 1, ahead)
  if at > now then
    wait = at < math.huge and at - now or -2
    break
  end
  take(given, offset + 1)
  granted = granted + 1
  if mine then
    giveUp(process, mine)
    mine, aheadFor = nil, nil
  end
end
if wait >= 0 and mayStay then
  local offset = granted * stride
  keep(process, mine, given[offset + 1], given, offset + 1, lease)
elseif mine then
  giveUp(process, mine)
end
save()
if granted > 0 then
  redis.call('SET', KEYS[lastKey + 1], cmsgpack.pack(number, granted, waiting(wait), birth, now), 'PX', 60000)
end
local first = wait >= 0 and redis.call('ZRANGE', leases, 0, 0, 'WITHSCORES') or {}
return { granted, waiting(wait), birth, now, math.max(0, (tonumber(first[2]) or now) - now), mismatch() }
`,
);

/** Gives up a process's place. ARGV: the process. */
export const leave = new Script(
  'number',
  `${queueing}
local process = ARGV[lastArg + 1]
giveUp(process, placeOf(process))
return 0
`,
);

/**
 * Makes grants count as more or less: once, however often it is sent.
 *
 * KEYS: a mark that it was done. ARGV: how long the mark is kept, the process, then for each grant the birth of the state
 * that gave it, the time of the grant, and the changes by dimension. Returns how long the process has to wait now.
 */
export const correct = new Script(
  'number',
  `${queueing}${forgetSynced}${correcting}
if not redis.call('SET', KEYS[lastKey + 1], 1, 'NX', 'PX', ARGV[lastArg + 1]) then
  return waitOf(ARGV[lastArg + 2])
end
local process = ARGV[lastArg + 2]
lastArg = lastArg + 2
${readNumbers}
for offset = 0, #given - 1, 2 + dimensions do
  correct(given[offset + 1] == birth and given[offset + 2] or nil, given, offset + 2)
end
save()
return waitOf(process)
`,
);

/** Grants nothing for a while, or ends such a pause. ARGV: ms from now, or -1 to go on. */
export const pause = new Script(
  'number',
  `${queueing}
local ms = tonumber(ARGV[lastArg + 1])
paused = ms < 0 and 0 or math.max(paused, now + ms)
save()
return 0
`,
);

/**
 * Sets buckets beside the limits, one for each dimension of which a provider's headers told. ARGV: for each, its
 * dimension, its capacity, what is missing from it, and in how many ms that flows back; 0 missing removes the bucket.
 */
export const sync = new Script(
  'number',
  `${queueing}
${readNumbers}
for offset = 0, #given - 1, 4 do
  local dimension, capacity, missing, ms = unpack(given, offset + 1, offset + 4)
  for k = #synced, 1, -1 do
    if synced[k][3] == dimension then
      table.remove(synced, k)
    end
  end
  if missing > 0 then
    synced[#synced + 1] = { now + ms, now, dimension, capacity, -ms / missing }
  end
end
for i = limits + 1, limits + math.max(#synced, #meters - limits) do
  local bucket = synced[i - limits] or {}
  meters[i], dims[i], totals[i], spans[i] = synced[i - limits], bucket[3], bucket[4], bucket[5]
end
save()
return 0
`,
);

/** What is used of each limit: as text, because numbers in a reply lose their fractions. */
const usage = `
local function usage()
  local units = {}
  for i = 1, limits do
    local meter, used = meters[i], 0
    if spans[i] > 0 then
      used = usedOf(i)
    elseif spans[i] == 0 then
      used = meter[2]
    elseif not isFull(meter) then
      used = (now - meter[1]) / spans[i]
    end
    units[i] = string.format('%.17g', used)
  end
  return units
end
`;

/**
 * Takes units now or not at all, for a budget. KEYS: a mark that it was done. ARGV, each by dimension: what must fit, what
 * is taken then, and an amount of which is returned in how many ms it fits. Returns whether it was taken, these ms, the
 * state's birth, the time, what is used of each limit, and other limits on this key. Asked again, it takes nothing more.
 */
export const reserve = new Script(
  ['number', 'number', 'number', 'number', 'numbers', 'text'],
  `${counting}${planning}${usage}
local told = redis.call('GET', KEYS[lastKey + 1])
if told then
  local birth, at = cmsgpack.unpack(told)
  return { 1, 0, birth, at, usage(), '' }
end
${readNumbers}
local isTaken = fits(given, 0)
for i = 1, limits do
  isTaken = isTaken and given[dims[i]] <= totals[i]
end
local wait = isTaken and 0 or due(given, 2 * dimensions) - now
if isTaken then
  take(given, dimensions)
  redis.call('SET', KEYS[lastKey + 1], cmsgpack.pack(birth, now), 'PX', 20000)
end
if isTaken or isNews then
  save()
end
return { isTaken and 1 or 0, waiting(wait), birth, now, usage(), mismatch() }
`,
);

/**
 * Returns what is used of each limit, how long the pause lasts, how many processes wait, and in how many ms the period of
 * each limit ends. Changes nothing.
 */
export const look = new Script(
  ['numbers', 'number', 'number', 'numbers'],
  `${counting}${usage}
local processes = redis.call('ZCOUNT', KEYS[3], '(' .. string.format('%.0f', now), '+inf')
local ends = {}
for i = 1, limits do
  ends[i] = spans[i] == 0 and meters[i][1] - wall or 0
end
return { usage(), waiting(math.max(0, paused - now)), processes, ends }
`,
);
