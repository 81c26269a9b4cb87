import { createSlice, type PayloadAction } from '@reduxjs/toolkit';
import type { LoginProblem } from '../../contract/loginProblem.ts';
import type { Deps } from './deps.ts';

/** A login that requests wait for. */
export interface StepUpPrompt {
  /** Where its window begins. */
  readonly url: string;
  /** Why the last try failed. */
  readonly problem: LoginProblem | null;
}

export type StepUpState = StepUpPrompt | null;

const initialState: StepUpState = null;

/** What the person is asked; there is one question at a time. */
const stepUpSlice = createSlice({
  name: 'stepUp',
  initialState: initialState as StepUpState,
  reducers: {
    stepUpAsked: (_, { payload }: PayloadAction<StepUpPrompt>) => payload,
    stepUpSettled: () => null,
  },
  selectors: {
    selectStepUp: (stepUp) => stepUp,
  },
});

export const { stepUpAsked, stepUpSettled } = stepUpSlice.actions;
export const { selectStepUp } = stepUpSlice.selectors;
export const stepUpReducer = stepUpSlice.reducer;

/** Declines: what waits gets its first answer. */
export const cancelStepUp =
  () =>
  (_dispatch: unknown, _state: unknown, { stepUp }: Deps): void =>
    void stepUp.cancel();
