import { createHash } from 'node:crypto';
import { MOST_LISTED } from '../listedSession.ts';
import { CLIENT_REFUSED_MS, FIRST_MS, HELD_AFTER, LONGEST_MS, REMEMBERED_MS } from '../outage.ts';

/** A Lua script with the name that Redis caches it under. Each touches keys of one slot. */
export interface Script {
  readonly source: string;
  readonly sha: string;
}

function script(source: string): Script {
  return { source, sha: createHash('sha1').update(source).digest('hex') };
}

// A record travels as one line, `version refreshedAt seenAt ended box`, with `-` for what there is not, and three more
// numbers, `below nextBelow nextSince`, where cookies were superseded before: half the bytes of JSON, and one pattern
// that both sides can check it by.

/**
 * ARGV: version, refreshedAt, box, ttl, since when a grace period is over. Answers `committed`, `ended` or `moved`.
 *
 * @see supersededBy in session/record.ts
 */
export const COMMIT = script(`
local old, dead = redis.call('GET', KEYS[1]), ''
if old then
  local version, seen, ended, below, nextBelow, nextSince = string.match(old, '^(%d+) %d+ (%S+) (%S+) %S+ ?(%d*) ?(%d*) ?(%d*)$')
  if not version then return redis.error_reply('INVALID record') end
  if ended ~= '-' then return 'ended' end
  if tonumber(version) >= tonumber(ARGV[1]) then return 'moved' end
  if below == '' then below, nextBelow, nextSince = '0', '0', '0' end
  if nextBelow ~= '0' and tonumber(nextSince) <= tonumber(ARGV[5]) then below, nextBelow, nextSince = nextBelow, '0', '0' end
  if seen ~= '-' and tonumber(seen) <= tonumber(ARGV[5]) then
    below, nextBelow, nextSince = version, '0', '0'
  elseif seen ~= '-' and nextBelow == '0' then
    nextBelow, nextSince = version, seen
  end
  if below ~= '0' or nextBelow ~= '0' then dead = ' ' .. below .. ' ' .. nextBelow .. ' ' .. nextSince end
end
redis.call('SET', KEYS[1], ARGV[1] .. ' ' .. ARGV[2] .. ' - - ' .. ARGV[3] .. dead, 'PX', ARGV[4])
return 'committed'`);

/** ARGV: reason, ttl, the only version it may end or ''. Answers what was remembered before. */
export const END = script(`
local old = redis.call('GET', KEYS[1])
local version, refreshed, ended
if old then
  version, refreshed, ended = string.match(old, '^(%d+) (%d+) %S+ (%S+) %S+ ?%d* ?%d* ?%d*$')
  if not version then old = false end
end
if old and ARGV[3] ~= '' and tonumber(version) > tonumber(ARGV[3]) then return old end
if not ended or ended == '-' then ended = ARGV[1] end
local line = (version or '0') .. ' ' .. (refreshed or '0') .. ' - ' .. ended .. ' -'
redis.call('SET', KEYS[1], line, 'PX', ARGV[2])
return old`);

/** ARGV: version, time. */
export const MARK_SEEN = script(`
local old = redis.call('GET', KEYS[1])
local version, refreshed, rest = string.match(old or '', '^(%d+) (%d+) %-( %S+ %S+ ?%d* ?%d* ?%d*)$')
if version == ARGV[1] then
  redis.call('SET', KEYS[1], version .. ' ' .. refreshed .. ' ' .. ARGV[2] .. rest, 'KEEPTTL')
end
return 'OK'`);

/** ARGV: version. */
export const DROP_BOX = script(`
local old = redis.call('GET', KEYS[1])
local version, rest, dead = string.match(old or '', '^(%d+)( %d+ %S+ %S+) %S+( ?%d* ?%d* ?%d*)$')
if version == ARGV[1] then redis.call('SET', KEYS[1], version .. rest .. ' -' .. dead, 'KEEPTTL') end
return 'OK'`);

/** ARGV: what it must exceed, ttl. */
export const RAISE_EPOCH = script(`
local now = tonumber(redis.call('GET', KEYS[1]) or '0')
if not now then return redis.error_reply('INVALID epoch') end
redis.call('SET', KEYS[1], string.format('%.0f', math.max(now, tonumber(ARGV[1])) + 1), 'PX', ARGV[2])
return 'OK'`);

/**
 * ARGV: kind or '', session, now, what the issuer asked for, the newest grant that is not written yet or 0. Answers `opened until`. The line is `windows until
 * grantedAt` and the sessions of each kind, by commas. @see counted in outage.ts
 */
export const COUNT_FAILURE = script(`
local line = redis.call('GET', KEYS[1]) or '0 0 0 - - - -'
local windows, untilMs, granted, a, b, c, d = string.match(line, '^(%d+) (%d+) (%d+) (%S+) (%S+) (%S+) (%S+)$')
if not windows then return redis.error_reply('NONSENSE issuer health') end
windows, untilMs, granted = tonumber(windows), tonumber(untilMs), math.max(tonumber(granted), tonumber(ARGV[5]))
local lists = { ['transient'] = a, ['throttled'] = b, ['client refused'] = c, ['rejected'] = d }
local most = { ['transient'] = ${HELD_AFTER.transient}, ['throttled'] = ${HELD_AFTER.throttled}, ['client refused'] = ${HELD_AFTER['client refused']}, ['rejected'] = ${HELD_AFTER.rejected} }
local kind, session, now, asked, opened = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), 0
local function count(list)
  if list == '-' then return 0 end
  local _, commas = string.gsub(list, ',', '')
  return commas + 1
end
local function reached(name) return count(lists[name]) >= most[name] end
if kind ~= '' and not reached(kind) and not string.find(',' .. lists[kind] .. ',', ',' .. session .. ',', 1, true) then
  lists[kind] = lists[kind] == '-' and session or lists[kind] .. ',' .. session
end
if kind ~= 'rejected' and (reached('transient') or reached('throttled') or reached('client refused')) then
  if kind == '' or not reached(kind) then asked = 0 end
  if untilMs > now then
    untilMs = math.max(untilMs, now + asked)
  else
    windows, opened = windows + 1, 1
    local least = reached('client refused') and ${CLIENT_REFUSED_MS} or 0
    untilMs = now + math.max(math.min(${FIRST_MS} * 2 ^ (windows - 1), ${LONGEST_MS}), asked, least)
  end
end
redis.call('SET', KEYS[1], string.format('%.0f %.0f %.0f %s %s %s %s', windows, untilMs, granted,
  lists['transient'], lists['throttled'], lists['client refused'], lists['rejected']), 'PX', ${REMEMBERED_MS})
return string.format('%d %.0f', opened, untilMs)`);

/**
 * ARGV: id, line, now, ttl. A line is `endsAt createdAt refreshedAt epoch provider browser system network`; the name that a
 * person gave to a session is a field of its own, `name:<id>`, and goes with it. The list is gone through only when it
 * grows: at a login, not at each refresh.
 *
 * @see withListed in listedSession.ts
 */
export const ADD_TO_INDEX = script(`
if redis.call('HSET', KEYS[1], ARGV[1], ARGV[2]) == 1 then
  local all, living = redis.call('HGETALL', KEYS[1]), {}
  for i = 1, #all, 2 do
    if string.sub(all[i], 1, 5) ~= 'name:' then
      table.insert(living, { tonumber(string.match(all[i + 1], '^%d+') or 0), all[i] })
    end
  end
  table.sort(living, function(a, b) return a[1] > b[1] end)
  for i, session in ipairs(living) do
    if i > ${MOST_LISTED} or session[1] <= tonumber(ARGV[3]) then
      redis.call('HDEL', KEYS[1], session[2], 'name:' .. session[2])
    end
  end
end
redis.call('PEXPIRE', KEYS[1], math.max(redis.call('PTTL', KEYS[1]), tonumber(ARGV[4])))
return 'OK'`);

/** ARGV: id, name or ''. Answers 0 where the session is not on the list. Needs no command that the other scripts do not. */
export const SET_NAME = script(`
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  if all[i] == ARGV[1] then
    if ARGV[2] == '' then redis.call('HDEL', KEYS[1], 'name:' .. ARGV[1])
    else redis.call('HSET', KEYS[1], 'name:' .. ARGV[1], ARGV[2]) end
    return 1
  end
end
return 0`);

/**
 * KEYS: lease, record, failures, in one slot. ARGV: holder, ttl. Answers 1 where the lease was taken or 0 where another
 * has it, and the record and the failures, each '' where there is none.
 */
export const ACQUIRE_LEASE = script(`
local taken = redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) and 1 or 0
return { taken, redis.call('GET', KEYS[2]) or '', redis.call('GET', KEYS[3]) or '' }`);

/** ARGV: holder, ttl. A lease that ran out and has no other holder is still ours. */
export const EXTEND_LEASE = script(`
if (redis.call('GET', KEYS[1]) or ARGV[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1`);

/** ARGV: holder. A lease that has passed to another holder is not freed. */
export const RELEASE_LEASE = script(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])`);
