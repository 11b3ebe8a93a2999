import { Script } from '../script';
import { correcting } from './correcting';
import { planning, taking } from './meters';
import { passing } from './passing';
import { ending, flights, foreseeing, queue } from './queue';
import { state } from './state';
import { turning } from './turning';
import { window } from './window';

const counting = state + window + taking;
const queueing = planning + flights + ending + queue;

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
 * Grants as many of a process's waiters as fit, the next ones first, and keeps the process's places for the others.
 *
 * KEYS: what this process was told last. ARGV: the process, the number of its turn, how long its places are kept from
 * now, whether it wants any, how long a call counts as in flight from now, how many tenants it has waiters of (0 if they do
 * not share the queue), and of each its name, its weight and how many more wait than are named here; then, in order, for
 * each run of waiters that want the same: how many they are, the number of their tenant if tenants share the queue, their
 * priority by now, and the cost of one by dimension.
 *
 * Returns how many are granted, how long the next one has to wait at least (-1: there is none, -2: for ever), the state's
 * birth, the time, after how long it is worth asking again, other limits on this key, and which waiters are granted, in that
 * order, and then which is the next. A turn that is asked again says what it said.
 */
export const turn = new Script(
  ['number', 'number', 'number', 'number', 'number', 'text', 'numbers'],
  `${counting}${planning}${flights}${forgetSynced}
local process, number = ARGV[lastArg + 1], ARGV[lastArg + 2]
local lease, mayStay = tonumber(ARGV[lastArg + 3]), ARGV[lastArg + 4] == '1'
local flight, tenantCount = tonumber(ARGV[lastArg + 5]), tonumber(ARGV[lastArg + 6])
local aged = ageing > 0 and not isFair and now / ageing or 0
local names, weights, rests, width = { process }, { 1 }, {}, isFair and 2 or 1
lastArg = lastArg + 6
for k = 1, tenantCount do
  names[k], weights[k], rests[k] = ARGV[lastArg + 1], tonumber(ARGV[lastArg + 2]), tonumber(ARGV[lastArg + 3])
  lastArg = lastArg + 3
end
local told = redis.call('GET', KEYS[lastKey + 1])
if told then
  local last, reply = cmsgpack.unpack(told)
  if last == number then
    return reply
  end
end
local wait, look = -1, 1
local function answer(count, granted)
  save()
  local reply = { count, waiting(wait), birth, now, look, mismatch(), granted }
  if count > 0 then
    redis.call('SET', KEYS[lastKey + 1], cmsgpack.pack(number, reply), 'PX', 60000)
  end
  return reply
end
${readNumbers}${passing}${ending}${queue}
local nextEnd = dropAbsent(process)
${turning}
look = math.max(1, math.min(waiting(look), nextEnd - now))
local count = passed + #granted
if isFair and stuck then
  granted[count + 1] = stuck.k
end
return answer(count, isFair and granted or {})
`,
);

/** Gives up a process's places. ARGV: the process. */
export const leave = new Script(
  'number',
  `${counting}${queueing}
local process = ARGV[lastArg + 1]
giveUp(process, placesOf(process))
return 0
`,
);

/**
 * Makes grants count as more or less, and ends calls in flight: once, however often it is sent.
 *
 * KEYS: a mark that it was done. ARGV: how long the mark is kept, the process, then for each grant the birth of the state
 * that gave it, the time of the grant, what it holds among the calls in flight, who paid for it, how much virtual time
 * more that is, and the changes by dimension; texts are empty where there is nothing. Returns how long the process has to
 * wait now; -1: it has no place, -2: for calls in flight.
 */
export const correct = new Script(
  'number',
  `${counting}${forgetSynced}${correcting}
local process = ARGV[lastArg + 2]
local isNew = redis.call('SET', KEYS[lastKey + 1], 1, 'NX', 'PX', ARGV[lastArg + 1])
lastArg = lastArg + 2
${readNumbers}
local stride = 5 + dimensions
for offset = 0, isNew and #ARGV - lastArg - 1 or -1, stride do
  correct(given[offset + 1] == birth and given[offset + 2] or nil, given, offset + 5)
end
local isCalm = keptUntil <= now and not isFair -- nobody waits, and nothing is in flight
if isNew and not isCalm then
${ending}
  for offset = 0, #ARGV - lastArg - 1, stride do
    finish(ARGV[lastArg + offset + 3])
    pay(given[offset + 1] == birth and ARGV[lastArg + offset + 4] or '', given[offset + 5])
  end
end
if isNew then
  save()
end
if isCalm or not redis.call('HGET', places, process) then
  return -1
end
${queueing}${foreseeing}
return waitOf(process)
`,
);

/** Says that calls are still in flight. ARGV: for how long from now, then what they hold. */
export const renew = new Script(
  'number',
  `${counting}${flights}
holdUntil(now + tonumber(ARGV[lastArg + 1]), { unpack(ARGV, lastArg + 2) })
save()
return birth
`,
);

/** Grants nothing for a while, or ends such a pause. ARGV: ms from now, or -1 to go on. */
export const pause = new Script(
  'number',
  `${counting}
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
  `${counting}
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
 * Returns what is used of each limit, how long the pause lasts, how many processes wait, in how many ms the period of
 * each limit ends, and how many calls are in flight. Changes nothing.
 */
export const look = new Script(
  ['numbers', 'number', 'number', 'numbers', 'number'],
  `${counting}${usage}
local after = '(' .. string.format('%.0f', now)
local processes, inFlight = redis.call('ZCOUNT', leases, after, '+inf'), redis.call('ZCOUNT', flights, after, '+inf')
local ends = {}
for i = 1, limits do
  ends[i] = spans[i] == 0 and meters[i][1] - wall or 0
end
return { usage(), waiting(math.max(0, paused - now)), processes, ends, inFlight }
`,
);
