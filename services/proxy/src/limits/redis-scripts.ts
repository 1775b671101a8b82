import { type RedisScript, redisScript } from "../redis/redis-script.js";
import { slotMs, slotsInWindow } from "./minute-window.js";

/** How long a replica counts after it has last asked for a tenant, in milliseconds. */
const replicaSeenMs = 60_000;
const dayMs = 86_400_000;

/**
 * Decides on a call and counts it, as `createMemoryLimiter` does.
 *
 * KEYS: minute, day, month, calls, replicas. ARGV: 1 time of day, 2 lease, 3 its end, 4 tokens, 5 nano-USD, 6-10 the limits
 * (requests, tokens, calls, day, month; -1: none), 11 replica, 12 the longest lease.
 *
 * Answers: 1 which limit is reached (0: none; 1 month, 2 day, 3 tokens, 4 requests, 5 calls), 2 its use, 3 the wait (-1: till the
 * period's end), 4 replicas, 5-6 requests used and until they are full, 7-8 tokens, 9-10 the day's shared total and all of it,
 * 11-12 the month's.
 */
export const reserveScript: RedisScript = redisScript(`
local now, lease, replica = tonumber(ARGV[1]), ARGV[2], ARGV[11]
local tokens, cost = tonumber(ARGV[4]), tonumber(ARGV[5])
local maxRequests, maxTokens, maxCalls = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
local maxDay, maxMonth = tonumber(ARGV[9]), tonumber(ARGV[10])
local slot = math.floor(now / ${slotMs})
local oldest = slot - ${slotsInWindow - 1}

redis.call('ZADD', KEYS[5], now, replica)
redis.call('ZREMRANGEBYSCORE', KEYS[5], '-inf', now - ${replicaSeenMs})
redis.call('PEXPIRE', KEYS[5], ${2 * replicaSeenMs})
local replicas = redis.call('ZCARD', KEYS[5])

redis.call('ZREMRANGEBYSCORE', KEYS[4], '-inf', now)
local running = redis.call('ZCARD', KEYS[4])

local amounts, used = { r = {}, t = {} }, { r = 0, t = 0 }
if maxRequests >= 0 or maxTokens >= 0 then
  local fields = redis.call('HGETALL', KEYS[1])
  for i = 1, #fields, 2 do
    local kind, at, amount = string.sub(fields[i], 1, 1), tonumber(string.sub(fields[i], 2)), tonumber(fields[i + 1])
    if at < oldest then
      redis.call('HDEL', KEYS[1], fields[i])
    else
      amounts[kind][at] = amount
      used[kind] = used[kind] + amount
    end
  end
end
local function wait(kind, amount)
  local ms = 0
  for at = oldest, slot + 1 do
    local there = amounts[kind][at] or 0
    if amount > 0 and there > 0 then
      amount = amount - there
      ms = (at + ${slotsInWindow}) * ${slotMs} - now
    end
  end
  return ms
end

local function total(key, max)
  if max < 0 then return 0, 0 end
  local shared, all, fields = 0, 0, redis.call('HGETALL', key)
  for i = 1, #fields, 2 do
    if fields[i] == 's' then shared = tonumber(fields[i + 1]) end
    all = all + tonumber(fields[i + 1])
  end
  return shared, all
end
local dayShared, day = total(KEYS[2], maxDay)
local monthShared, month = total(KEYS[3], maxMonth)

local function budget(max, spent)
  if max < 0 or spent + cost <= max or (running == 0 and spent < max) then return nil end
  return running == 0 and -1 or 0
end
local function minute(kind, max, asked)
  if max < 0 or used[kind] + asked <= max or (asked > max and used[kind] == 0) then return nil end
  return wait(kind, used[kind] + asked - max)
end
local reached, figure, waitMs = 0, 0, 0
local function check(number, current, ms)
  if reached == 0 and ms ~= nil then reached, figure, waitMs = number, current, ms end
end
check(1, month, budget(maxMonth, month))
check(2, day, budget(maxDay, day))
check(3, used.t, minute('t', maxTokens, tokens))
check(4, used.r, minute('r', maxRequests, 1))
if maxCalls >= 0 and running >= maxCalls then check(5, running, 0) end

if reached == 0 then
  redis.call('ZADD', KEYS[4], ARGV[3], lease)
  redis.call('PEXPIRE', KEYS[4], ARGV[12])
  if maxRequests >= 0 or maxTokens >= 0 then
    redis.call('HINCRBY', KEYS[1], 'r' .. slot, 1)
    redis.call('HINCRBY', KEYS[1], 't' .. slot, ARGV[4])
    redis.call('PEXPIRE', KEYS[1], ${(slotsInWindow + 1) * slotMs})
    used.r, used.t = used.r + 1, used.t + tokens
    amounts.r[slot], amounts.t[slot] = (amounts.r[slot] or 0) + 1, (amounts.t[slot] or 0) + tokens
  end
  if maxDay >= 0 then
    redis.call('HINCRBY', KEYS[2], 's', ARGV[5])
    redis.call('PEXPIRE', KEYS[2], ${2 * dayMs})
    dayShared, day = dayShared + cost, day + cost
  end
  if maxMonth >= 0 then
    redis.call('HINCRBY', KEYS[3], 's', ARGV[5])
    redis.call('PEXPIRE', KEYS[3], ${40 * dayMs})
    monthShared, month = monthShared + cost, month + cost
  end
end
return {
  reached, figure, waitMs, replicas, used.r, wait('r', math.huge), used.t, wait('t', math.huge),
  dayShared, day, monthShared, month,
}
`);

/**
 * Ends a call: its lease goes, and what it was counted at is put right. Where the lease has gone before, nothing is done, so
 * that it may be sent twice.
 *
 * KEYS: minute, day, month, calls. ARGV: 1 lease, 2 slot, 3 requests, 4 tokens, 5 nano-USD of the day, 6 of the month, all of them
 * to be added.
 */
export const endScript: RedisScript = redisScript(`
if redis.call('ZREM', KEYS[4], ARGV[1]) == 0 then return 0 end
local function add(key, field, amount)
  if amount ~= '0' and redis.call('HEXISTS', key, field) == 1 then redis.call('HINCRBY', key, field, amount) end
end
add(KEYS[1], 'r' .. ARGV[2], ARGV[3])
add(KEYS[1], 't' .. ARGV[2], ARGV[4])
add(KEYS[2], 's', ARGV[5])
add(KEYS[3], 's', ARGV[6])
return 1
`);

/**
 * Tells what a replica has spent while Redis was away, and, where Redis has lost what it knew, what the replica remembers of
 * it: the most that any of them does counts. It may be sent twice.
 *
 * KEYS: day, month. ARGV: 1 replica, 2 and 3 nano-USD that it has spent of the day and the month, 4 and 5 what it remembers.
 */
export const tellScript: RedisScript = redisScript(`
local function tell(key, own, remembered, keptMs)
  if own ~= '0' then redis.call('HSET', key, ARGV[1], own) end
  local shared = redis.call('HGET', key, 's')
  if remembered ~= '0' and (not shared or redis.call('HEXISTS', key, 'restored') == 1) then
    if tonumber(remembered) > tonumber(shared or '0') then redis.call('HSET', key, 's', remembered) end
    redis.call('HSET', key, 'restored', 0)
  end
  if redis.call('EXISTS', key) == 1 then redis.call('PEXPIRE', key, keptMs) end
end
tell(KEYS[1], ARGV[2], ARGV[4], ${2 * dayMs})
tell(KEYS[2], ARGV[3], ARGV[5], ${40 * dayMs})
return 1
`);
