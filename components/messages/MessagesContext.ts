import { createContext } from 'react';
import type { en } from './en/en.ts';

/** All that a language has to say: a sentence that another one lacks does not compile. */
export type Messages = typeof en;

/** The language spoken here. */
export const MessagesContext = createContext<Messages | null>(null);
