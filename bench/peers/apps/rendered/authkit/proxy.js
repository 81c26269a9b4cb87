import { authkitMiddleware } from '@workos-inc/authkit-nextjs';

/**
 * Here tokens live for seconds: by default each request would refresh, half a minute before they expire.
 *
 * @see https://github.com/workos/authkit-nextjs#readme, "refreshBufferSeconds"
 */
export default authkitMiddleware({ refreshBufferSeconds: 0 });

export const config = {
  matcher: ['/((?!_next/static|_next/image|favicon.ico|sitemap.xml|robots.txt).*)'],
};
