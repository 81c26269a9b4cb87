import Link from 'next/link';
import { selectUser } from '../../store/authSlice.ts';
import { useAppSelector } from '../../store/demo/hooks.ts';
import { useMessages } from '../messages/useMessages.ts';
import { linkButton, plainLinkButton } from '../ui/Button.tsx';
import { Card } from '../ui/Card.tsx';
import { LanguageHint } from '../shell/LanguageHint.tsx';
import { CodeSample } from './CodeSample.tsx';
import { LifeOfA401 } from './LifeOfA401.tsx';
import { RaceTable } from './RaceTable.tsx';

/** Where the documentation and the source are, where the build was given their addresses. */
const LINKS = {
  docs: process.env.NEXT_PUBLIC_DOCS_URL,
  repository: process.env.NEXT_PUBLIC_REPOSITORY_URL,
} as const;

/** What this is, in one sentence, one picture, the code, a comparison and four promises. */
export function Home({ lab }: { readonly lab: boolean }) {
  const { home } = useMessages();
  const user = useAppSelector(selectUser);
  return (
    <>
      <LanguageHint />
      <section className="max-w-3xl py-4 sm:py-8">
        <h1 className="text-3xl font-semibold tracking-tight text-balance sm:text-5xl">{home.title}</h1>
        <p className="mt-4 text-lg text-pretty text-muted">{home.lead}</p>
        <div className="mt-6 flex flex-wrap gap-3">
          <Link href="/notes" prefetch={false} className={linkButton}>
            {user ? home.start : home.startAnonymous}
          </Link>
          {lab && (
            <Link href="/lab" prefetch={false} className={plainLinkButton}>
              {home.toLab}
            </Link>
          )}
          {(['docs', 'repository'] as const).map((name) => (
            <HomeLink key={name} href={LINKS[name]} name={home[name]} />
          ))}
        </div>
      </section>
      <Card title={home.picture} className="mt-6">
        <LifeOfA401 />
      </Card>
      <div className="mt-6 grid grid-cols-1 items-start gap-6 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        <CodeSample />
        <RaceTable />
      </div>
      <section className="mt-10" aria-labelledby="promises">
        <h2 id="promises" className="text-lg font-semibold tracking-tight">
          {home.promises}
        </h2>
        <dl className="mt-4 grid gap-x-10 gap-y-6 sm:grid-cols-2">
          {Object.values(home.facts).map(({ name, text }) => (
            <div key={name} className="border-l-2 border-accent pl-4">
              <dt className="font-medium">{name}</dt>
              <dd className="mt-1 text-sm text-muted">{text}</dd>
            </div>
          ))}
        </dl>
      </section>
    </>
  );
}

function HomeLink({ href, name }: { readonly href: string | undefined; readonly name: string }) {
  if (!href) return null;
  return (
    <a href={href} className={plainLinkButton}>
      {name}
    </a>
  );
}
