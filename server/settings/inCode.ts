import type { variables } from './variables.ts';

type Variable = keyof (typeof variables)['shape'];
type Camel<Name extends string> = Name extends `${infer First}_${infer Rest}`
  ? `${Lowercase<First>}${Capitalize<Camel<Rest>>}`
  : Lowercase<Name>;

/** A setting as code gives it; a list stands for what the environment separates by commas. */
export type GivenSetting = string | number | boolean | URL | readonly string[] | undefined;

/** Every variable of the environment as an option: `UPSTREAM_URL` is `upstreamUrl`. */
export type SettingsInCode = { readonly [Name in Variable as Camel<Name>]?: GivenSetting };

/** Settings as an environment gives them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Writes options as variables, so that one reader checks both. */
export function asEnvironment(options: Readonly<Record<string, GivenSetting>>): Environment {
  return Object.fromEntries(
    Object.entries(options).map(([name, value]) => [
      name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase(),
      textOf(value),
    ]),
  );
}

function textOf(value: GivenSetting): string | undefined {
  if (value === undefined || typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? '1' : '0';
  return String(value);
}
