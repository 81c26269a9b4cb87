import Head from 'next/head';
import type { ReactNode } from 'react';
import { useMessages } from '../messages/useMessages.ts';
import { EndingSoon } from './EndingSoon.tsx';
import { SessionBanner } from './SessionBanner.tsx';
import { SiteHeader } from './SiteHeader.tsx';

interface LayoutProps {
  readonly title: string;
  /** The lab is served here. */
  readonly lab: boolean;
  readonly children: ReactNode;
}

/** The frame of every page: skip link, header, what concerns the session, content, footer. */
export function Layout({ title, lab, children }: LayoutProps) {
  const { shell } = useMessages();
  return (
    <>
      <Head>
        <title>{shell.title(title)}</title>
        <meta property="og:title" content={shell.title(title)} />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
      </Head>
      <a
        href="#content"
        className="sr-only focus:not-sr-only focus:fixed focus:top-3 focus:left-3 focus:z-20 focus:rounded-lg focus:bg-accent focus:px-4 focus:py-2 focus:text-on-accent"
      >
        {shell.skip}
      </a>
      <div className="flex min-h-dvh flex-col">
        <SiteHeader lab={lab} />
        <SessionBanner />
        <EndingSoon />
        <main
          id="content"
          tabIndex={-1}
          className="mx-auto w-full max-w-5xl flex-1 px-4 py-8 outline-none sm:px-6 sm:py-10"
        >
          {children}
        </main>
        <footer className="border-t border-line">
          <p className="mx-auto max-w-5xl px-4 py-5 text-sm text-muted sm:px-6">{shell.footer}</p>
        </footer>
      </div>
    </>
  );
}
