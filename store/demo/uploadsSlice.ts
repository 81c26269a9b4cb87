import {
  createAsyncThunk,
  createSlice,
  type PayloadAction,
  type ThunkAction,
  type UnknownAction,
} from '@reduxjs/toolkit';
import { toApiError, type ApiError } from '../apiError.ts';
import type { Deps } from './deps.ts';
import type { UploadProgress } from '../../services/notes.ts';

/** One upload to one note. It starts visibly anew when the request is replayed. */
export type Upload =
  | ({ readonly status: 'sending'; readonly requestId: string; readonly name: string } & UploadProgress)
  | { readonly status: 'cancelled'; readonly name: string }
  | { readonly status: 'failed'; readonly name: string; readonly error: ApiError };

export type UploadsState = Readonly<Record<string, Upload>>;

const initialState: UploadsState = {};

const createUploadThunk = createAsyncThunk.withTypes<{
  state: { uploads: UploadsState };
  extra: Deps;
  rejectValue: ApiError;
}>();

/** Attaches a file to a note. */
export const attachFile = createUploadThunk(
  'uploads/attach',
  async (
    { id, file }: { id: string; file: File },
    { extra, dispatch, signal, abort, requestId, rejectWithValue },
  ) => {
    extra.uploads.get(id)?.abort();
    const held = { file, abort };
    extra.uploads.set(id, held);
    try {
      await extra.notes.attach({
        id,
        file,
        signal,
        onProgress: (progress) => dispatch(uploadProgressed({ id, requestId, ...progress })),
      });
      if (extra.uploads.get(id) === held) extra.uploads.delete(id);
      return undefined;
    } catch (error) {
      return rejectWithValue(toApiError(error));
    }
  },
);

type UploadThunk = ThunkAction<void, { uploads: UploadsState }, Deps, UnknownAction>;

/** Cancels the upload to a note at once, in the queue too, whatever page it was begun on. */
export const cancelUpload =
  (id: string): UploadThunk =>
  (_, __, { uploads }) =>
    uploads.get(id)?.abort();

/** Sends the same file to the note once more. */
export const retryUpload =
  (id: string): UploadThunk =>
  (dispatch, _, { uploads }) => {
    const held = uploads.get(id);
    if (held) void dispatch(attachFile({ id, file: held.file }));
  };

const without = (uploads: UploadsState, id: string): UploadsState =>
  Object.fromEntries(Object.entries(uploads).filter(([key]) => key !== id));

const uploadsSlice = createSlice({
  name: 'uploads',
  initialState,
  reducers: {
    uploadProgressed: (
      state,
      {
        payload: { id, requestId, ...progress },
      }: PayloadAction<UploadProgress & { id: string; requestId: string }>,
    ) => {
      const upload = state[id];
      return upload?.status === 'sending' && upload.requestId === requestId
        ? { ...state, [id]: { ...upload, ...progress } }
        : state;
    },
    uploadForgotten: (state, { payload }: PayloadAction<string>) => without(state, payload),
  },
  extraReducers: (builder) => {
    builder
      .addCase(attachFile.pending, (state, { meta: { arg, requestId } }) => ({
        ...state,
        [arg.id]: {
          status: 'sending',
          requestId,
          name: arg.file.name,
          sentBytes: 0,
          totalBytes: arg.file.size,
        },
      }))
      .addCase(attachFile.fulfilled, (state, { meta }) => without(state, meta.arg.id))
      .addCase(attachFile.rejected, (state, { meta, payload }) => {
        const upload = state[meta.arg.id];
        // Another upload to the same note, or another person, has taken its place.
        if (upload?.status !== 'sending' || upload.requestId !== meta.requestId) return state;
        const { name } = upload;
        return {
          ...state,
          [meta.arg.id]:
            payload && payload.code !== 'aborted'
              ? { status: 'failed', name, error: payload }
              : { status: 'cancelled', name },
        };
      });
  },
  selectors: {
    selectUpload: (uploads, id: string): Upload | undefined => uploads[id],
    selectIsUploading: (uploads) => Object.values(uploads).some(({ status }) => status === 'sending'),
  },
});

export const { uploadProgressed, uploadForgotten } = uploadsSlice.actions;
export const { selectUpload, selectIsUploading } = uploadsSlice.selectors;
export const uploadsReducer = uploadsSlice.reducer;
