import Link from 'next/link';
import { useRouter } from 'next/router';
import { useMessages } from '../messages/useMessages.ts';
import { Account } from './Account.tsx';
import { LanguageSwitch } from './LanguageSwitch.tsx';
import { RefreshStatus } from './RefreshStatus.tsx';

/** Brand, navigation, who is signed in, and how the refresh is doing. */
export function SiteHeader({ lab }: { readonly lab: boolean }) {
  const { shell } = useMessages();
  const { pathname } = useRouter();
  const places = [
    { href: '/notes', name: shell.notes },
    { href: '/session', name: shell.session },
    ...(lab ? [{ href: '/lab', name: shell.lab }] : []),
  ];
  return (
    <header className="border-b border-line bg-surface">
      <div className="mx-auto flex max-w-5xl flex-wrap items-center gap-x-6 gap-y-2 px-4 py-3 sm:px-6">
        <Link
          href="/"
          className="flex items-center gap-2 font-semibold tracking-tight"
          aria-current={pathname === '/' ? 'page' : undefined}
        >
          <Seal />
          {shell.brand}
        </Link>
        <div className="order-last flex basis-full items-center justify-between sm:contents">
          <nav aria-label={shell.nav} className="-mx-2">
            <ul className="flex flex-wrap gap-1">
              {places.map(({ href, name }) => (
                <li key={href}>
                  <Link
                    href={href}
                    prefetch={false}
                    aria-current={pathname === href ? 'page' : undefined}
                    className="block rounded-md px-3 py-1.5 text-sm text-muted transition-colors hover:bg-sunken hover:text-ink aria-[current]:bg-accent-soft aria-[current]:font-medium aria-[current]:text-accent forced-colors:aria-[current]:underline"
                  >
                    {name}
                  </Link>
                </li>
              ))}
            </ul>
          </nav>
          <LanguageSwitch />
        </div>
        <div className="flex items-center gap-3 max-sm:ml-auto">
          <RefreshStatus />
          <Account />
        </div>
      </div>
    </header>
  );
}

/** The brand's mark: a drop of wax with an R pressed into it. */
function Seal() {
  return (
    <svg viewBox="0 0 32 32" className="size-7 text-accent" aria-hidden="true">
      <path
        fill="currentColor"
        d="M16 1.5c3 0 4.300 2 6.900 3s4.800 2 5.600 4.800.4 4.300 1.200 6.900-.3 5.200-1.800 7.400-2.600 4.700-5.300 5.600-4.300 1.300-6.900 1.300-4.700-.9-7.200-2-4-3-5-5.600-2-4.500-1.600-7.200 1.200-4.600 2.300-7 2.600-4.600 5.300-5.600S13 1.500 16 1.500Z"
      />
      <circle cx="16" cy="16" r="9.300" fill="none" className="stroke-on-accent" strokeOpacity=".55" />
      <path
        className="stroke-on-accent"
        fill="none"
        strokeWidth="2.200"
        strokeLinecap="round"
        strokeLinejoin="round"
        d="M13 21V11h3.400a2.900 2.900 0 0 1 0 5.800H13m3.600 0L19.500 21"
      />
    </svg>
  );
}
