/**
 * The package's door `reseal/server`: Reseal's server half for an app that you already have.
 *
 * @see docs/doors.md
 */
import './nodeVersion.ts';

export {
  createReseal,
  fromEnv,
  type Reseal,
  type ResealOptions,
  type RequestSource,
  type RouteHandler,
  type SessionOf,
} from './createReseal.ts';
export type { Claims, Hooks, LoginEvent, LoginVerdict, SessionEvent } from './hooks.ts';
export type { UpstreamInit } from './proxy/upstreamFetch.ts';
export type { SettingsInCode } from './settings/inCode.ts';
export { isSettingsError, SettingsError } from './settings/fromEnv.ts';
