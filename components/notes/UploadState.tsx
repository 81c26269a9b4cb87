import { useAppDispatch } from '../../store/demo/hooks.ts';
import { cancelUpload, retryUpload, uploadForgotten, type Upload } from '../../store/demo/uploadsSlice.ts';
import { useMessages } from '../messages/useMessages.ts';
import { Alert } from '../ui/Alert.tsx';
import { Button } from '../ui/Button.tsx';

interface UploadStateProps {
  /** Of the note. */
  readonly id: string;
  readonly upload: Upload;
}

/** A file on its way: how far, or why it did not arrive and what can be done. */
export function UploadState({ id, upload }: UploadStateProps) {
  const dispatch = useAppDispatch();
  const { notes: texts, errors, figures } = useMessages();
  if (upload.status === 'sending') {
    const { name, sentBytes, totalBytes } = upload;
    const percent = totalBytes > 0 ? Math.min(100, Math.round((100 * sentBytes) / totalBytes)) : 0;
    return (
      <div className="mt-3 flex flex-wrap items-center gap-x-3 gap-y-1">
        <span className="basis-full truncate text-xs text-muted" aria-hidden="true">
          {texts.uploading(name)}
        </span>
        <progress
          value={percent}
          max={100}
          aria-label={texts.uploading(name)}
          className="h-2 min-w-0 flex-1 appearance-none overflow-hidden rounded-full bg-sunken [&::-moz-progress-bar]:bg-accent [&::-webkit-progress-bar]:bg-sunken [&::-webkit-progress-value]:bg-accent [&::-webkit-progress-value]:transition-all"
        />
        <span className="min-w-9 text-right text-xs text-muted tabular-nums">{figures.percent(percent)}</span>
        <Button small onClick={() => dispatch(cancelUpload(id))}>
          {texts.cancelUpload}
        </Button>
      </div>
    );
  }
  const failed = upload.status === 'failed';
  return (
    <div className="mt-3">
      <Alert
        tone={failed ? 'danger' : 'info'}
        action={
          <div className="flex gap-1">
            <Button small onClick={() => dispatch(retryUpload(id))}>
              {texts.retryUpload}
            </Button>
            <Button small look="quiet" onClick={() => dispatch(uploadForgotten(id))}>
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
