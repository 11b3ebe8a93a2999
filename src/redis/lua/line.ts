/**
 * The line before the server, in which every process that has somebody waiting has one place: { process, when it is
 * due, how long it is kept after that, its cost by dimension }. What those before will take is kept for them, but only
 * who asks at the time is granted anything: so every grant is checked against the limits of that moment.
 */
export const line = `
-- Times move forward when somebody left or paid back.
local function plan()
  for k, place in ipairs(line) do
    place[2] = due(place, 3, k - 1)
  end
end

local function placeOf(process)
  for k, place in ipairs(line) do
    if place[1] == process then
      return k
    end
  end
end

-- Gives up the places of processes that did not come when it was their turn.
local function dropAbsent()
  local kept = #line
  for k = #line, 1, -1 do
    if line[k][2] + line[k][3] <= now then
      table.remove(line, k)
    end
  end
  if #line < kept then
    plan()
  end
end

-- How long a process has to wait for its turn; -1 if it has no place.
local function waitOf(process)
  local k = placeOf(process)
  return k and waiting(math.max(0, line[k][2] - now)) or -1
end
`;
