import Link from 'next/link';
import { useMessages } from '../messages/useMessages.ts';
import { linkButton } from '../ui/Button.tsx';
import { PageTitle } from '../ui/Card.tsx';

/** A page that has nothing but a sentence and a way out. */
export function Notice({ title, lead }: { readonly title: string; readonly lead: string }) {
  const { shell } = useMessages();
  return (
    <>
      <PageTitle title={title} lead={lead} />
      <Link href="/" className={linkButton}>
        {shell.toHome}
      </Link>
    </>
  );
}
