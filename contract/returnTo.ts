/** What an address of the app may begin with, and where logins lead. */
export interface Places {
  /** What stands before all pages, such as `/shop`; '' where nothing does. */
  readonly basePath: string;
  /** The languages that may stand before a path; a router takes them off. */
  readonly locales: readonly string[];
  /** The login page, below `basePath`. */
  readonly loginPage: string;
  /** Where a login leads that names no other place, below `basePath`. */
  readonly startPage: string;
}

const literal = (text: string) => text.replaceAll('.', '\\.');

/**
 * Makes what reads where to go after login: a path of this site, else the start page.
 *
 * It is resolved against an origin that cannot exist, so that what the URL parser makes of backslashes, tabs or `//` is
 * judged by its result and not by a pattern of ours. Paths that answer no page, or ask for the login again, lead to the
 * start page too, also below a language; two languages in a row name no page, and each router or link that takes one
 * off leaves another path.
 *
 * @see RFC 9700 §4.11 (open redirection)
 */
export function createReturnTo({ basePath, locales, loginPage, startPage }: Places) {
  const base = `(?:${literal(basePath)})?`;
  const language = locales.length > 0 ? `/(?:${locales.join('|')})` : '(?!)';
  const noPlace = new RegExp(
    `^${base}(?:${language})?(?:/(?:/|api(?:/|$))|${literal(loginPage)}(?:/|$))`,
    'i',
  );
  const nested = new RegExp(`^${base}${language}${language}(?:/|$)`, 'i');
  const otherwise = basePath + startPage;

  return function safeReturnTo(value: unknown): string {
    if (typeof value !== 'string' || !value.startsWith('/')) return otherwise;
    const origin = 'http://reseal.invalid';
    try {
      const url = new URL(value, origin);
      const path = url.pathname + url.search + url.hash;
      const decoded = decodeLetters(url.pathname);
      const isNoPlace = noPlace.test(decoded) || nested.test(decoded);
      return url.origin !== origin || path.startsWith('//') || isNoPlace ? otherwise : path;
    } catch {
      return otherwise;
    }
  };
}

/** Decodes ASCII as routers do, one after the other: `/%6cogin` is the login page, and so is `/%256cogin` behind two. */
function decodeLetters(path: string): string {
  const decoded = path.replace(/%([0-7][0-9a-f])/gi, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
  return decoded === path ? path : decodeLetters(decoded);
}
