import { Script } from '../script';

/**
 * What all processes know of one breaker, and who holds its probe. There is nothing at the key until it opens first, and an
 * hour after it closed, or should have been probed.
 *
 * KEYS: the state. ARGV: what is wanted, the epoch that this process knows, the process, how long it wants to hold the
 * probe, the number of what it tells, whether it has decided alone, how long the breaker is open, how often it has opened,
 * and why. What is wanted is to `look`; to `probe`: as look, and to hold the probe if nobody else does, for so long from
 * now; to `give` the probe back; to `open` what was closed, `reopen` or `close` what was half-open; or to `reset`.
 *
 * Each opening and each closing is an epoch. A verdict counts only in the epoch that this process knows, and from the
 * holder of the probe only: late ones change nothing. Who decided alone, because Redis was away, need not hold it. What is
 * told again changes nothing more.
 *
 * Returns whether what was told counts, the epoch, how long it is still open (-1: it is closed, -2: nothing is known), how
 * often it has opened, why, for how long it has been open, whether this process holds the probe, and how long another one
 * holds it. Times are ms by the server's clock, which never run backwards.
 */
export const circuit = new Script(
  ['number', 'number', 'number', 'number', 'text', 'number', 'number', 'number'],
  `
local mark = 'rxjs-resilience breaker 2'
local wanted, known, process, lease = ARGV[1] or 'look', tonumber(ARGV[2] or 0), ARGV[3], tonumber(ARGV[4])
local number, isAlone, length = ARGV[5], ARGV[6] == '1', tonumber(ARGV[7])
local memory = 3600000
local time = redis.call('TIME')
local wall = time[1] * 1000 + math.floor(time[2] / 1000)
local packed = redis.call('GET', KEYS[1])
local epoch, from, shift, now, isOpen, since, ends, openings, reason, by = 0, 0, 0, wall, false, 0, 0, 0, '', ''
local holder, held = '', 0
if packed then
  local theirs, last
  if string.sub(packed, 2, 1 + #mark) ~= mark then
    return redis.error_reply('WRONGTYPE ' .. KEYS[1] .. ' holds a value of another program')
  end
  theirs, epoch, from, shift, last, isOpen, since, ends, openings, reason, by, holder, held = cmsgpack.unpack(packed)
  shift = math.max(shift, last - wall)
  now = wall + shift
end

local function save()
  local rest = math.max(1000, ends + memory - now)
  local state = cmsgpack.pack(mark, epoch, from, shift, now, isOpen, since, ends, openings, reason, by, holder, held)
  redis.call('SET', KEYS[1], state, 'PX', string.format('%.0f', math.min(rest, 1e14)))
end
local function begin(isNowOpen)
  from, epoch = epoch, math.max(epoch + 1, time[1] * 1000000 + time[2])
  isOpen, since, holder, held, by = isNowOpen, now, '', 0, number
end
local function open()
  begin(true)
  ends, openings, reason = now + length, tonumber(ARGV[8]), ARGV[9]
  save()
  return 1
end
local function close()
  begin(false)
  ends, openings, reason = math.max(ends, now), 0, ''
  save()
  return 1
end

local isHalfOpen = isOpen and now >= ends
local isMine = holder == process and (held > now or wanted == 'close' or wanted == 'reopen')
local mayDecide = isHalfOpen and epoch == known and (isMine or isAlone)
local counts = 0
if number ~= '' and number == by then
  counts = 1
elseif wanted == 'probe' and isHalfOpen and (holder == process or held <= now) then
  holder, held = process, now + lease
  save()
elseif wanted == 'give' and holder == process then
  holder, held = '', 0
  save()
elseif wanted == 'open' and isOpen and not isHalfOpen and (from == known or isAlone) then
  counts = 1
  if now + length > ends then
    ends, by = now + length, number
    save()
  end
elseif wanted == 'open' and (not packed or (epoch == known or isAlone) and not isOpen) then
  counts = open()
elseif (wanted == 'open' or wanted == 'reopen') and (mayDecide or not packed) then
  counts = open()
elseif wanted == 'reset' or (wanted == 'close' and mayDecide) then
  counts = close()
end

local rest = not (packed or counts == 1) and -2 or not isOpen and -1 or math.max(0, ends - now)
local isHeld = held > now
return {
  counts, string.format('%.0f', epoch), math.min(rest, 9007199254740991), openings, reason, now - since,
  isHeld and holder == process and 1 or 0, isHeld and holder ~= process and held - now or 0
}
`,
);
