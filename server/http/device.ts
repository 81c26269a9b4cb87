import { parse } from 'bowser';
import type { Device } from '../../contract/sessions.ts';
import type { Exchange } from './exchange.ts';

const LONGEST_AGENT = 512;
const LONGEST_NAME = 40;

/** Reads what a browser calls itself, so that a person can tell their sessions apart. @see RFC 9110 §10.1.5 */
export function deviceOf({ headers }: Pick<Exchange, 'headers'>): Device {
  const agent = headers['user-agent']?.slice(0, LONGEST_AGENT);
  if (!agent) return { browser: null, system: null };
  const { browser, os } = parse(agent);
  return { browser: nameOf(browser.name), system: nameOf(os.name) };
}

/** For an unknown agent the parser answers its first words: only plain, short ones are taken. */
function nameOf(name: string | undefined): string | null {
  return name && name.length <= LONGEST_NAME && /^[\w .()/-]+$/.test(name) ? name : null;
}
