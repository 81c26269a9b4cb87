import { auth0 } from '../../auth0/auth0.js';

/**
 * In front of a page the proxy refreshes, as the library advises for server components, which cannot set cookies.
 *
 * @see https://github.com/auth0/nextjs-auth0/blob/main/EXAMPLES.md#middleware-2
 */
export async function proxy(request) {
  const response = await auth0.middleware(request);
  if (request.nextUrl.pathname !== '/notes') return response;
  // Without a token the page says so.
  await auth0.getAccessToken(request, response).catch(() => undefined);
  return response;
}

export const config = {
  matcher: ['/((?!_next/static|_next/image|favicon.ico|sitemap.xml|robots.txt).*)'],
};
