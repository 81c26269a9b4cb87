/** What an API demands of the login behind an access token. */
export interface StepUpChallenge {
  /** Any of these authentication context classes will do, the preferred first; empty where none is named. */
  readonly acrValues: readonly string[];
  /** How many seconds ago the person may have logged in at most; `null` where no bound is named. */
  readonly maxAge: number | null;
}

/** Longer headers are not read: a challenge is short, and parsing must cost nothing that an upstream chooses. */
const MAX_HEADER = 8192;
/** As much as `GET /api/login` passes on. */
const MAX_ACR_VALUES = 512;
const NAME = "[\\w!#$%&'*+.^`|~-]+";
const TEXT = '"(?:[^"\\\\]|\\\\.)*(?:"|\\\\?$)';
/** A parameter, a scheme, or quoted text that belongs to neither; what fits none of them is passed over. */
const PART = new RegExp(`(${NAME})(?:[ \\t]*=[ \\t]*(${TEXT}|[^\\s,"]*))?|${TEXT}`, 'gs');
const ACR_VALUES = /^[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/;
const SECONDS = /^\d{1,9}$/;

/**
 * Reads what the first challenge with `insufficient_user_authentication` demands; `null` where there is none, or where a
 * demand is malformed: a login that cannot meet it is of no use.
 *
 * Every scheme counts, in any case; several header lines may come as an array.
 *
 * @see RFC 9470 §3 (the challenge), RFC 9110 §11.6.1 (grammar)
 */
export function stepUpOf(
  wwwAuthenticate: string | readonly string[] | null | undefined,
): StepUpChallenge | null {
  const lines = [wwwAuthenticate ?? ''].flat();
  if (lines.join().length > MAX_HEADER) return null;
  const found = lines
    .flatMap(challengesOf)
    .find((parameters) => parameters.get('error')?.toLowerCase() === 'insufficient_user_authentication');
  return found ? readStepUp(found.get('acr_values'), found.get('max_age')) : null;
}

/**
 * Reads the two demands of a step-up as they stand in a challenge or in an address; `null` where one is malformed.
 *
 * @see RFC 9470 §3 and §4, OpenID Connect Core §3.1.2.1
 */
export function readStepUp(
  acrValues: string | null | undefined,
  maxAge: string | null | undefined,
): StepUpChallenge | null {
  const acr = acrValues ?? '';
  if (acr.length > MAX_ACR_VALUES || (acr !== '' && !ACR_VALUES.test(acr))) return null;
  if (maxAge != null && !SECONDS.test(maxAge)) return null;
  return { acrValues: acr === '' ? [] : acr.split(' '), maxAge: maxAge == null ? null : Number(maxAge) };
}

/** The parameters of each challenge by their names in lower case; the first of one name counts. */
function challengesOf(header: string): ReadonlyMap<string, string>[] {
  const challenges: Map<string, string>[] = [];
  for (const [, name, value] of header.matchAll(PART)) {
    if (name === undefined) continue;
    if (value === undefined) {
      challenges.push(new Map());
      continue;
    }
    const parameters = challenges.at(-1);
    const key = name.toLowerCase();
    if (parameters && !parameters.has(key)) parameters.set(key, unquoted(value));
  }
  return challenges;
}

const unquoted = (value: string): string =>
  value.startsWith('"') ? value.replace(/^"|"$/g, '').replace(/\\(.)/gs, '$1') : value;
