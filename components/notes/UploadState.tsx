import type { Upload } from '../../store/uploadsSlice.ts';
import { useMessages } from '../messages/useMessages.ts';
import { Alert } from '../ui/Alert.tsx';
import { Button } from '../ui/Button.tsx';

interface UploadStateProps {
  readonly upload: Upload;
  readonly onCancel: () => void;
  /** `null` where the file is no longer at hand. */
  readonly onRetry: (() => void) | null;
  readonly onDismiss: () => void;
}

/** A file on its way: how far, or why it did not arrive and what can be done. */
export function UploadState({ upload, onCancel, onRetry, onDismiss }: UploadStateProps) {
  const { notes: texts, errors, figures } = useMessages();
  if (upload.status === 'sending') {
    const { name, sentBytes, totalBytes } = upload;
    const percent = totalBytes > 0 ? Math.min(100, Math.round((100 * sentBytes) / totalBytes)) : 0;
    return (
      <div className="mt-2 flex items-center gap-3">
        <progress
          value={percent}
          max={100}
          aria-label={texts.uploading(name)}
          className="h-2 min-w-0 flex-1 appearance-none overflow-hidden rounded-full bg-sunken [&::-moz-progress-bar]:bg-accent [&::-webkit-progress-bar]:bg-sunken [&::-webkit-progress-value]:bg-accent [&::-webkit-progress-value]:transition-all"
        />
        <span className="w-12 text-right text-xs text-muted tabular-nums">{figures.percent(percent)}</span>
        <Button look="quiet" className="min-h-9 px-2" onClick={onCancel}>
          {texts.cancelUpload}
        </Button>
      </div>
    );
  }
  const failed = upload.status === 'failed';
  return (
    <div className="mt-2">
      <Alert
        tone={failed ? 'danger' : 'info'}
        action={
          <div className="flex gap-1">
            {onRetry && (
              <Button look="plain" onClick={onRetry}>
                {texts.retryUpload}
              </Button>
            )}
            <Button look="quiet" onClick={onDismiss}>
              {texts.dismiss}
            </Button>
          </div>
        }
      >
        {failed
          ? `${texts.uploadFailed(upload.name)} ${errors.sentence(upload.error)}`
          : texts.cancelled(upload.name)}
      </Alert>
    </div>
  );
}
