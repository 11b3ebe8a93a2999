import { Script } from '../script';
import { correcting } from './correcting';
import { entries, planning, taking } from './meters';
import { queue } from './queue';
import { state } from './state';

const counting = state + entries + taking;
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
 * ARGV: the process, how long its place is kept after it is due, whether it wants a place, the costs in order.
 * Returns how many are granted, how long the next one has to wait (-1: there is none), the state's birth, and the time.
 */
export const turn = new Script(
  'list',
  `${queueing}${forgetSynced}
dropAbsent()
local process, lease, mayStay = ARGV[lastArg + 1], tonumber(ARGV[lastArg + 2]), ARGV[lastArg + 3] == '1'
lastArg = lastArg + 3
${readNumbers}
local asked, granted, wait, mine = #given / dimensions, 0, -1, placeOf(process)
while granted < asked do
  local offset = granted * dimensions
  local at = due(given, offset, mine and mine - 1 or #queue)
  if at > now then
    wait = at - now
    break
  end
  take(given, offset)
  granted = granted + 1
  if mine then
    table.remove(queue, mine)
    mine = nil
  end
end
if wait >= 0 and mayStay then
  local place = mine and queue[mine] or { process }
  place[2], place[3] = now + wait, lease
  for d = 1, dimensions do
    place[3 + d] = given[granted * dimensions + d]
  end
  queue[mine or #queue + 1] = place
elseif mine then
  table.remove(queue, mine)
  plan()
end
save()
return { granted, waiting(wait), birth, now }
`,
);

/** Gives up a process's place. ARGV: the process. */
export const leave = new Script(
  'number',
  `${queueing}
local mine = placeOf(ARGV[lastArg + 1])
if mine then
  table.remove(queue, mine)
  plan()
  save()
end
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
plan()
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
plan()
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
plan()
save()
return 0
`,
);

/** What is used of each limit: as text, because numbers in a reply lose their fractions. */
const usage = `
local function usage()
  local used = {}
  for i = 1, limits do
    local meter = meters[i]
    if spans[i] > 0 then
      forget(i, meter)
      used[i] = meter[1]
    else
      used[i] = isFull(meter) and 0 or (now - meter[1]) / spans[i]
    end
    used[i] = string.format('%.17g', used[i])
  end
  return used
end
`;

/**
 * Takes units now or not at all, for a budget. ARGV, each by dimension: what must fit, what is taken then, and an amount
 * of which is returned in how many ms it fits. Returns whether it was taken, these ms, the state's birth, the time, and
 * what is used of each limit.
 */
export const reserve = new Script(
  'list',
  `${counting}${planning}${usage}
${readNumbers}
local fits = due(given, 0, 0) <= now
for i = 1, limits do
  fits = fits and given[dims[i]] <= totals[i]
end
local wait = fits and 0 or due(given, 2 * dimensions, 0) - now
if fits then
  take(given, dimensions)
end
save()
return { fits and 1 or 0, waiting(wait), birth, now, usage() }
`,
);

/** Returns what is used of each limit, how long the pause lasts, and how many processes wait. Changes nothing. */
export const look = new Script(
  'list',
  `${counting}${usage}
local used = usage()
if packed then
  save() -- what has expired was dropped
end
return { used, waiting(math.max(0, paused - now)), #queue }
`,
);
