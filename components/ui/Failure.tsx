import type { ReactNode } from 'react';
import { isNoSession, type ApiError } from '../../store/apiError.ts';
import { useMessages } from '../messages/useMessages.ts';
import { Alert } from './Alert.tsx';

interface FailureProps {
  readonly error: ApiError | null;
  /** What was attempted, as a sentence. */
  readonly what?: string;
  readonly action?: ReactNode;
}

/** Says why a call failed. An ended session it leaves to the banner, which every page has and which says it once. */
export function Failure({ error, what, action }: FailureProps) {
  const { errors } = useMessages();
  if (!error || isNoSession(error)) return null;
  return (
    <Alert action={action}>
      {what && `${what} `}
      {errors.sentence(error)}
      {error.requestId && (
        <span className="mt-1 block font-mono text-xs opacity-80">{errors.requestId(error.requestId)}</span>
      )}
    </Alert>
  );
}
