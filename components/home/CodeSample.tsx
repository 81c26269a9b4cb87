import { useState } from 'react';
import { useMessages } from '../messages/useMessages.ts';
import { Button } from '../ui/Button.tsx';
import { Card } from '../ui/Card.tsx';
import { CODE } from './code.ts';

/** The code that an app needs, to be copied. */
export function CodeSample() {
  const { home } = useMessages();
  const [said, setSaid] = useState('');
  const copy = () =>
    navigator.clipboard.writeText(CODE).then(
      () => setSaid(home.copied),
      () => setSaid(home.notCopied),
    );
  return (
    <Card
      title={home.code}
      aside={
        <div className="flex items-center gap-3 print:hidden">
          <span role="status" className="text-xs text-muted">
            {said}
          </span>
          <Button small onClick={() => void copy()}>
            {home.copy}
          </Button>
        </div>
      }
    >
      <p className="-mt-2 mb-3 text-sm text-muted">{home.codeLead}</p>
      <pre
        // A region that scrolls must be reachable by keyboard.
        tabIndex={0}
        aria-label={home.code}
        className="overflow-x-auto rounded-lg bg-sunken p-4 font-mono text-xs/5"
      >
        <code lang="en">{CODE}</code>
      </pre>
    </Card>
  );
}
