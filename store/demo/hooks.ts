import { useDispatch, useSelector } from 'react-redux';
import type { AppStore } from './makeStore.ts';
import type { RootState } from './rootReducer.ts';

/** `useDispatch`, knowing the thunks. */
export const useAppDispatch = useDispatch.withTypes<AppStore['dispatch']>();

/** `useSelector`, knowing the state. */
export const useAppSelector = useSelector.withTypes<RootState>();
