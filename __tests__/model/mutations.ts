import type { Emphasis } from './histories.ts';
import type { Rule } from './ledger.ts';
import { ofDoors } from './mutationsOfDoors.ts';
import { ofEngine } from './mutationsOfEngine.ts';
import { ofIsolation } from './mutationsOfIsolation.ts';
import { ofProtocol } from './mutationsOfProtocol.ts';
import { ofResources } from './mutationsOfResources.ts';
import { ofServer } from './mutationsOfServer.ts';
import { ofStepUp } from './stepUp.ts';
import type { Edit } from './variants.ts';

/** A rule of the protocol left out, and what is expected to break by that. */
export interface Mutation {
  readonly name: string;
  /** Where the rule stands, and what it says. */
  readonly rule: string;
  readonly edits: readonly Edit[];
  readonly breaks: readonly Rule[];
  /** Histories in which it matters. */
  readonly emphasis: Emphasis;
}

/** Each rule, left out once. */
export const mutations: readonly Mutation[] = [
  ...ofProtocol,
  ...ofServer,
  ...ofIsolation,
  ...ofDoors,
  ...ofResources,
  ...ofEngine,
  ...ofStepUp,
];
