import { createSlice, type PayloadAction, type UnknownAction } from '@reduxjs/toolkit';
import { hookError, isNoSession, type ApiError } from '../apiError.ts';
import { logout } from '../authThunks.ts';
import { draftOrphaned } from './draftsSlice.ts';
import { attachFile } from './uploadsSlice.ts';

/** A message about work that went on in the background. */
export interface Toast {
  readonly id: string;
  readonly kind: 'uploaded' | 'uploadFailed' | 'editFailed' | 'noteGone' | 'removeFailed' | 'logoutFailed';
  /** The name or text of what it is about. */
  readonly subject: string;
  readonly error: ApiError | null;
}

export type ToastsState = readonly Toast[];

const initialState: ToastsState = [];

interface Refused extends UnknownAction {
  readonly payload?: ApiError;
  readonly meta: {
    readonly requestId: string;
    readonly arg: { readonly endpointName?: string; readonly originalArgs?: unknown };
  };
}

/** Matches a refused mutation by its name: pages without a query must not load RTK Query for its matchers. */
const isRefused =
  (endpointName: string) =>
  (action: UnknownAction): action is Refused =>
    action.type === 'upstream/executeMutation/rejected' &&
    (action as Refused).meta.arg.endpointName === endpointName;

const textOf = (args: unknown) => String((args as { readonly text?: unknown }).text ?? '');

/** The banner reports an ended session; a cancelled call needs no message. */
const isNotShown = (error: ApiError | null) => !error || isNoSession(error) || error.code === 'aborted';

function failed(
  state: ToastsState,
  kind: Toast['kind'],
  { payload, meta }: { payload?: ApiError | undefined; meta: { requestId: string } },
  subject = '',
): ToastsState {
  const error = hookError(payload);
  return isNotShown(error) ? state : [...state, { id: meta.requestId, kind, subject, error }];
}

/** An outbox: a message leaves it when it is shown. */
const toastsSlice = createSlice({
  name: 'toasts',
  initialState,
  reducers: {
    toastShown: (state, { payload }: PayloadAction<string>) => state.filter(({ id }) => id !== payload),
  },
  extraReducers: (builder) => {
    builder
      .addCase(attachFile.fulfilled, (state, { meta: { requestId, arg } }) => [
        ...state,
        { id: requestId, kind: 'uploaded', subject: arg.file.name, error: null },
      ])
      .addCase(attachFile.rejected, (state, action) =>
        failed(state, 'uploadFailed', action, action.meta.arg.file.name),
      )
      .addCase(draftOrphaned, (state, { payload: { field, text } }) => [
        ...state,
        { id: field, kind: 'noteGone', subject: text, error: null },
      ])
      .addCase(logout.rejected, (state, action) => failed(state, 'logoutFailed', action))
      .addMatcher(isRefused('editNote'), (state, action) =>
        failed(state, 'editFailed', action, textOf(action.meta.arg.originalArgs)),
      )
      .addMatcher(isRefused('removeNote'), (state, action) => failed(state, 'removeFailed', action));
  },
  selectors: {
    selectToasts: (toasts) => toasts,
  },
});

export const { toastShown } = toastsSlice.actions;
export const { selectToasts } = toastsSlice.selectors;
export const toastsReducer = toastsSlice.reducer;
