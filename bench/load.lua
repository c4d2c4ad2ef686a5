-- The requests of one work, for wrk. Arguments after `--`: kind, seed, then what the kind needs:
--   fixed PATH · item IDS · filtered · search WORDS · scan WORDS · post BODIES · keyed BODIES · mixed IDS BODIES
-- Requests are ready strings or one concatenation, because whatever wrk spends here is spent on both sides and hides a part of the ratio.
-- At the end one line of JSON is printed, which wrk.py reads.

local kIdLength = 36
local thread_number = 0

function setup(thread)
  thread_number = thread_number + 1
  thread:set("number", thread_number)
end

local function read_file(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

local function get(path) return "GET " .. path .. " HTTP/1.1\r\nHost: " .. wrk.headers["Host"] .. "\r\n\r\n" end

local function one_of(list)
  return function() return list[math.random(#list)] end
end

local function fixed(path)
  local request = get(path)
  return function() return request end
end

-- Uniform over every id of the file (36 characters and a line end each). Not ready strings: wrk's first thread already runs while the second
-- is made, and what it asks meanwhile would cost no time.
local function item(ids_file)
  local ids = read_file(ids_file)
  local count = math.floor(#ids / (kIdLength + 1))
  local head = "GET /api/items/"
  local tail = " HTTP/1.1\r\nHost: " .. wrk.headers["Host"] .. "\r\n\r\n"
  return function()
    local start = math.random(0, count - 1) * (kIdLength + 1)
    return head .. ids:sub(start + 1, start + kIdLength) .. tail
  end
end

-- Every line of the file is a word.
local function each_word(words_file, head, tail)
  local requests = {}
  for word in read_file(words_file):gmatch("[^\n]+") do requests[#requests + 1] = get(head .. word .. tail) end
  return one_of(requests)
end

-- Ten rows from a random place of the index (price, id).
local function filtered()
  local requests = {}
  for cents = 500, 40000, 79 do
    requests[#requests + 1] = get(string.format("/api/items?price[gte]=%d.%02d&price[lt]=900&sortBy=price&sortOrder=asc", cents / 100, cents % 100))
  end
  return one_of(requests)
end

local function search(words_file) return each_word(words_file, "/api/items/search?q=", "") end
local function scan(words_file) return each_word(words_file, "/api/items/count?name[ilike]=%25", "%25") end

-- As `post`, each under a key of its own.
local function keyed(bodies_file)
  local heads, bodies = {}, {}
  for body in read_file(bodies_file):gmatch("[^\n]+") do
    heads[#heads + 1] = "POST /api/items HTTP/1.1\r\nHost: " .. wrk.headers["Host"] .. "\r\nContent-Type: application/json\r\nContent-Length: "
      .. #body .. "\r\nIdempotency-Key: "
    bodies[#bodies + 1] = "\r\n\r\n" .. body
  end
  local run = string.format("%08x-%d-", math.random(0, 0x7fffffff), number)
  local count = 0
  return function()
    count = count + 1
    local which = math.random(#heads)
    return heads[which] .. run .. count .. bodies[which]
  end
end

local function post(bodies_file)
  local requests = {}
  local head = "POST /api/items HTTP/1.1\r\nHost: " .. wrk.headers["Host"] .. "\r\nContent-Type: application/json\r\nContent-Length: "
  for body in read_file(bodies_file):gmatch("[^\n]+") do
    requests[#requests + 1] = head .. #body .. "\r\n\r\n" .. body
  end
  return one_of(requests)
end

-- A working day: of 20 requests 14 items, 3 lists, 2 filtered lists, 1 POST.
local function mixed(ids_file, bodies_file)
  local by_id, list, range, create = item(ids_file), fixed("/api/items"), filtered(), post(bodies_file)
  return function()
    local dice = math.random(20)
    if dice <= 14 then return by_id() end
    if dice <= 17 then return list() end
    if dice <= 19 then return range() end
    return create()
  end
end

local kinds = { fixed = fixed, item = item, filtered = filtered, search = search, scan = scan, post = post, keyed = keyed, mixed = mixed }
local next_request

function init(args)
  math.randomseed(tonumber(args[2]) * 1000 + number)
  next_request = kinds[args[1]](args[3], args[4])
end

function request() return next_request() end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '{"requests":%d,"seconds":%.6f,"bytes":%d,"p50_us":%d,"p99_us":%d,"bad_status":%d,"socket_errors":%d}\n',
    summary.requests, summary.duration / 1e6, summary.bytes, latency:percentile(50), latency:percentile(99),
    errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
