import type { Dialect } from './dialect.ts';
import { djRestAuth, nestjs, oauth2, passport, plain, simplejwt } from './frameworks.ts';
import { cognito, directus, firebase, gotrue, keycloak, strapi } from './services.ts';

/** The dialects that `AUTH_DIALECT` knows. */
export const PRESETS = {
  oauth2, simplejwt, 'dj-rest-auth': djRestAuth, nestjs, plain, directus, strapi, gotrue, passport, keycloak, firebase,
  cognito,
} as const satisfies Record<string, Dialect>; // prettier-ignore

export type PresetName = keyof typeof PRESETS;

/** Settings without which a preset cannot work. */
export const PRESET_NEEDS: Partial<Record<PresetName, readonly ('AUTH_CLIENT_ID' | 'AUTH_API_KEY')[]>> = {
  gotrue: ['AUTH_API_KEY'],
  passport: ['AUTH_CLIENT_ID'],
  keycloak: ['AUTH_CLIENT_ID'],
  firebase: ['AUTH_API_KEY'],
  cognito: ['AUTH_CLIENT_ID'],
};
