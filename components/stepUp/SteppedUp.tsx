import { useEffect } from 'react';
import type { LoginProblem } from '../../contract/loginProblem.ts';
import { useMessages } from '../messages/useMessages.ts';
import { Alert } from '../ui/Alert.tsx';
import { PageTitle } from '../ui/Card.tsx';

/** The last page of the window in which a person logged in again: it reports to the page that waits, and closes. */
export function SteppedUp({ problem }: { readonly problem: LoginProblem | null }) {
  const { stepUp: texts, login } = useMessages();
  useEffect(() => {
    void import('../../store/demo/stepUp.ts').then(({ reportStepUp }) =>
      reportStepUp(window.location.search),
    );
  }, []);
  return (
    <div className="mx-auto max-w-md">
      <PageTitle
        title={problem ? texts.failedTitle : texts.doneTitle}
        lead={problem ? texts.failedLead : texts.doneLead}
      />
      {problem && <Alert>{login.problems[problem]}</Alert>}
    </div>
  );
}
