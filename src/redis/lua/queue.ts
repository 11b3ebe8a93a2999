/**
 * The queue before the server, in which each process with waiting calls has one place: { process, when it is due, how
 * long it is kept after that, its cost by dimension }. What the places before will take is kept for them. But a process
 * is granted something only when it asks: so every grant is checked against the limits of that moment.
 */
export const queue = `
-- A place is due earlier when another one was given up, or something was paid back.
local function plan()
  for k, place in ipairs(queue) do
    place[2] = due(place, 3, k - 1)
  end
end

local function placeOf(process)
  for k, place in ipairs(queue) do
    if place[1] == process then
      return k
    end
  end
end

-- Gives up the places of processes that did not come when it was their turn.
local function dropAbsent()
  local kept = #queue
  for k = #queue, 1, -1 do
    if queue[k][2] + queue[k][3] <= now then
      table.remove(queue, k)
    end
  end
  if #queue < kept then
    plan()
  end
end

-- How long a process has to wait for its turn, in ms; -1 if it has no place.
local function waitOf(process)
  local k = placeOf(process)
  return k and waiting(math.max(0, queue[k][2] - now)) or -1
end
`;
