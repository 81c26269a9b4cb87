import { Suspense, type ReactNode } from 'react';
import { SessionProvider } from 'reseal/react';
import { reseal } from '../reseal';

export const metadata = { title: 'Reseal in the App Router' };

export default function Layout({ children }: { children: ReactNode }) {
  return (
    <html lang="en">
      <body>
        <Suspense fallback="Loading…">
          <Session>{children}</Session>
        </Suspense>
      </body>
    </html>
  );
}

/** `http` of `useSession` calls the backend through Reseal. */
async function Session({ children }: { children: ReactNode }) {
  return (
    <SessionProvider initial={await reseal.getSession()} http={{ baseURL: '/api/upstream' }}>
      {children}
    </SessionProvider>
  );
}
